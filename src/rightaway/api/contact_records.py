"""Contacts as records: typed in, edited, archived, merged. On the contacts' own router: they share its addresses."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpResponse
from ninja import Status
from pydantic import AfterValidator, Field

from rightaway.api.conditional import conditional, expected, tagged
from rightaway.api.contacts import router
from rightaway.api.door import Call
from rightaway.api.schema import VISIBLE, Id, Line, Out, Prose, Strict
from rightaway.contacts import fields
from rightaway.people.schema import Language
from rightaway.work import access, merging
from rightaway.work.actions.archive_contact import Archived, archive_contact, restore_contact
from rightaway.work.actions.create_contact import Created, create_contact
from rightaway.work.actions.dismiss_suggestion import dismiss_suggestion
from rightaway.work.actions.edit_contact import MOST_IDENTITIES, Edit, Edited, edit_contact
from rightaway.work.actions.merge_contacts import Merged, merge_contacts
from rightaway.work.actions.undo_merge import Parted, undo_merge
from rightaway.work.contact_record import ContactRecord, reached_by, record_of, survivor_of
from rightaway.work.enquiry import Enquiry


def _once(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))


_Many = Field(max_length=MOST_IDENTITIES)
Phones = Annotated[list[Annotated[str, Line(64, pattern=VISIBLE)]], _Many, AfterValidator(_once)]
Emails = Annotated[list[Annotated[str, Line(320, pattern=VISIBLE)]], _Many, AfterValidator(_once)]
Values = Annotated[dict[Annotated[str, Line(50, pattern=VISIBLE)], Any], Field(max_length=100)]


class ContactIn(Strict):
    """Somebody typed in by hand. At least one of name, phone and e-mail; of several the first is the main one.

    `owner` is `me`, `private` (in your own book, which your team does not see), `nobody`, `routes` or an agent's id.
    Without it you are, when you work leads; else the routes decide. `known_too` adds an enquiry to whoever has one of
    these numbers already, instead of being refused. `over_capacity`, with a `note`, gives it to an agent who is full,
    absent or offline. `fields` are your own, by key.
    """

    name: Annotated[str, Line(300)] = ""
    phones: Phones = []
    emails: Emails = []
    company: Annotated[str, Line(300)] = ""
    language: Language | Literal[""] = ""
    kind: Annotated[str, Line(40, pattern=VISIBLE)] = "lead"
    line: Annotated[str, Line(200)] = ""
    source: Annotated[str, Line(200)] = ""
    campaign: Annotated[str, Line(200)] = ""
    message: Annotated[str, Prose(20_000)] = ""
    fields: Values = {}
    owner: Literal["me", "private", "nobody", "routes"] | Id | None = None
    known_too: bool = False
    over_capacity: bool = False
    note: Annotated[str, Prose(2000)] = ""


@router.post("/contacts", response={201: Created}, operation_id="create_contact", summary="Type in a contact")
def create(request: Call, body: ContactIn) -> Status[Created]:
    """A known phone or e-mail is `known-person`, with the contact's id where you may see it."""
    enquiry = Enquiry(
        source=body.source, name=body.name, kind=body.kind, line=body.line, language=body.language,
        company=body.company, message=body.message, campaign=body.campaign,
    )  # fmt: skip
    made = create_contact(
        enquiry=enquiry, reached=reached_by(body.phones, body.emails, request.region), values=body.fields,
        owner=body.owner, actor=request.actor, known_too=body.known_too, over_capacity=body.over_capacity,
        note=body.note,
    )  # fmt: skip
    return Status(201, made)


class SuggestionOut(Out):
    """Two contacts that one enquiry named at once."""

    id: UUID
    first_id: UUID
    first_name: str
    second_id: UUID
    second_name: str


@router.get(
    "/contacts/duplicates",
    response=list[SuggestionOut],
    operation_id="list_duplicates",
    summary="Contacts that may be the same person",
)
def list_duplicates(request: Call) -> list[dict[str, Any]]:
    """At most 100, the latest first: those of which you may merge both."""
    access.require_some(request.actor, "contact.merge")
    return [
        {
            "id": row.id, "first_id": row.first.id, "first_name": row.first.name, "second_id": row.second.id,
            "second_name": row.second.name,
        }
        for row in merging.suggestions(request.actor)
    ]  # fmt: skip


class DismissedOut(Out):
    dismissed: bool


@router.post(
    "/contacts/duplicates/{uuid:suggestion_id}/dismiss",
    response=DismissedOut,
    operation_id="dismiss_duplicate",
    summary="Say that they are two people",
)
def dismiss_duplicate(request: Call, suggestion_id: UUID) -> dict[str, bool]:
    return {"dismissed": dismiss_suggestion(suggestion_id=suggestion_id, actor=request.actor)}


@router.get(
    "/contacts/{uuid:contact_id}", response=ContactRecord, operation_id="get_contact", summary="One contact in full"
)
def get_contact(request: Call, response: HttpResponse, contact_id: UUID) -> ContactRecord:
    """One that was merged into another is answered with `merged_into`, for whoever may see that one."""
    contact = access.contact_for(request.actor, survivor_of(contact_id), "contact.view")
    if contact.id != contact_id:
        contact = type(contact).objects.get(id=contact_id)
    found = record_of(request.actor, contact)
    tagged(response, found.etag)
    return found


class ContactPatch(Strict):
    """What is to be different; what is left out stays. `phones` and `emails` are all of them, the main one first.

    `company` is a name (empty takes it away), `company_id` a company's record. `fields` by key; null takes one away.
    `campaign` is a key, empty for none.
    """

    name: Annotated[str, Line(300)] | None = None
    phones: Phones | None = None
    emails: Emails | None = None
    company: Annotated[str, Line(300)] | None = None
    company_id: Id | None = None
    language: Language | Literal[""] | None = None
    campaign: Annotated[str, Line(200)] | None = None
    fields: Values | None = None


@router.patch(
    "/contacts/{uuid:contact_id}", response=Edited, operation_id="edit_contact", summary="Change a contact"
)  # fmt: skip
@conditional
def edit(request: Call, response: HttpResponse, contact_id: UUID, body: ContactPatch) -> Edited:
    contact = access.contact_for(request.actor, contact_id, "contact.edit")
    reached = None
    if body.phones is not None or body.emails is not None:
        has = record_of(request.actor, contact)
        phones = [row.value for row in has.phones] if body.phones is None else body.phones
        emails = [row.value for row in has.emails] if body.emails is None else body.emails
        reached = reached_by(phones, emails, request.region)
    wanted = Edit(
        name=body.name, language=body.language, company=body.company, company_id=body.company_id, reached=reached,
        fields=body.fields, campaign=body.campaign,
    )  # fmt: skip
    done = edit_contact(contact_id=contact_id, edit=wanted, actor=request.actor, seen=expected(request))
    contact.refresh_from_db()
    tagged(response, record_of(request.actor, contact).etag)
    return done


class ArchiveIn(Strict):
    """`close_open` closes what is open of it as `other`; without it an open item is in the way."""

    close_open: bool = False


@router.post(
    "/contacts/{uuid:contact_id}/archive", response=Archived, operation_id="archive_contact", summary="Archive"
)
def archive(request: Call, contact_id: UUID, body: ArchiveIn) -> Archived:
    """Out of every view, until it is restored or the person asks again. Nothing is deleted."""
    return archive_contact(contact_id=contact_id, actor=request.actor, close_open=body.close_open)


@router.post(
    "/contacts/{uuid:contact_id}/restore", response=Archived, operation_id="restore_contact", summary="Restore"
)
def restore(request: Call, contact_id: UUID) -> Archived:
    return restore_contact(contact_id=contact_id, actor=request.actor)


class ContestOut(Out):
    """Something that one of them has. `taken`: the contact has it from the other after the merge."""

    name: str
    survivor: Any
    other: Any
    taken: bool


class PairOut(Out):
    """Two open items for the same: one is kept, the other closed as its duplicate."""

    kept: UUID
    closed: UUID


class PreviewOut(Out):
    """How many of the other's identities, items and lines of the timeline would move, and what would win."""

    survivor_id: UUID
    other_id: UUID
    contests: list[ContestOut]
    identities: int
    items: int
    entries: int
    duplicates: list[PairOut]


@router.get(
    "/contacts/{uuid:contact_id}/merge/{uuid:other_id}",
    response=PreviewOut,
    operation_id="preview_merge",
    summary="What a merge would make of two contacts",
)
def preview_merge(request: Call, contact_id: UUID, other_id: UUID) -> dict[str, Any]:
    found = merging.preview(request.actor, contact_id, other_id)
    return {
        "survivor_id": found.survivor_id, "other_id": found.other_id, "identities": found.identities,
        "items": found.items, "entries": found.entries, "duplicates": found.duplicates,
        "contests": [
            {"name": each.name, "survivor": _json(each.survivor), "other": _json(each.other), "taken": each.taken}
            for each in found.contests
        ],
    }  # fmt: skip


def _json(value: Any) -> Any:
    return None if value is None else fields.as_json(value)


class MergeIn(Strict):
    """`other_id` is merged into the contact of the address. `take` names what it has from the other: name, language,
    company, fields.<key>. Without `take`, only what it has not itself."""

    other_id: Id
    take: Annotated[list[Annotated[str, Line(60, pattern=VISIBLE)]], Field(max_length=200)] = []


@router.post(
    "/contacts/{uuid:contact_id}/merge", response=Merged, operation_id="merge_contacts", summary="Merge two contacts"
)
def merge(request: Call, contact_id: UUID, body: MergeIn) -> Merged:
    """Nothing is lost, and it can be undone for 30 days."""
    return merge_contacts(survivor_id=contact_id, other_id=body.other_id, actor=request.actor, take=body.take)


@router.post("/merges/{uuid:merge_id}/undo", response=Parted, operation_id="undo_merge", summary="Undo a merge")
def undo(request: Call, merge_id: UUID) -> Parted:
    """Two contacts again, each with what it had. What came in since stays with the one that was kept."""
    return undo_merge(merge_id=merge_id, actor=request.actor)


class MergeOut(Out):
    id: UUID
    other_id: UUID
    other_name: str
    made_at: datetime


@router.get(
    "/contacts/{uuid:contact_id}/merges",
    response=list[MergeOut],
    operation_id="list_merges",
    summary="Merges into a contact that can be undone",
)
def list_merges(request: Call, contact_id: UUID) -> list[dict[str, Any]]:
    access.contact_for(request.actor, contact_id, "contact.merge")
    return [
        {"id": row.id, "other_id": row.other_id, "other_name": row.other.name, "made_at": row.made_at}
        for row in merging.undoable_merges(contact_id)
    ]
