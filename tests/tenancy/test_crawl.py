"""Two organisations: every operation of the API, as every role, with the other organisation's ids.

The calls are made from the API's own description; an operation that is not listed here fails the test.
"""

import json
import re
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.calling import Api, new_key, new_person, new_team

from rightaway.accounts.models import ApiKey
from rightaway.accounts.roles import Role
from rightaway.api import urls
from rightaway.api.description import schema
from rightaway.contacts.models import Company, Entry, MergeSuggestion
from rightaway.ledger.clock import clock
from rightaway.ledger.tenancy import organisation
from rightaway.people.models import Absence, Proposal
from rightaway.work.actions.found import make_organisation
from rightaway.work.actions.route import route_organisation
from rightaway.work.models import Drip

CANARY = f"canary{uuid4().hex}"


@dataclass
class House:
    """One organisation with one row of everything that the API names by an id."""

    id: int
    api: Api
    ids: dict[str, str]


def furnished(organisation_id: int, word: str) -> House:
    api = Api(new_key(organisation_id))
    team = new_team(organisation_id)
    agent = new_person(organisation_id, name=word, team=team)
    with organisation(organisation_id):
        key_id = ApiKey.objects.order_by("id").values_list("id", flat=True)[0]
        absence = Absence.objects.create(agent_id=agent.agent_id, starts_at=clock(), ends_at=clock().replace(year=2099))
    route = {"id": str(uuid4()), "name": word, "strategy": "pool", "sources": ["nothing"]}
    assert api.send("PUT", "/routes/draft", {"routes": [route]}, If_Match="*").status_code == 200
    assert api.post("/routes/publish", {"comment": word}, If_Match="*").status_code == 200
    lead = {
        "name": word,
        "email": f"{word}@example.com",
        "message": word,
        "attributes": {"word": word},
        "company": word,
    }
    items = [api.lead({"source": word, **lead, "email": f"{n}{word}@example.com"}).json()["item_id"] for n in range(2)]
    while (found := route_organisation(organisation_id)) is not None and found.planned:
        pass
    invitation = api.post("/invitations", {"name": word, "email": f"{word}@example.com"})
    assert invitation.status_code == 201, invitation.content
    task = api.post(f"/items/{items[0]}/tasks", {"kind": "call", "text": word, "due_at": "2027-01-01T00:00:00Z"})
    note = api.post(f"/items/{items[0]}/notes", {"text": word})
    bulk = api.post("/bulk", {"do": {"verb": "request_update"}, "item_ids": items[:1]})
    contacts = [api.get(f"/items/{item}").json()["contact_id"] for item in items]
    spare = [api.post("/contacts", {"name": word, "owner": "nobody"}).json()["contact_id"] for _ in range(2)]
    merge = api.post(f"/contacts/{spare[0]}/merge", {"other_id": spare[1]}).json()["merge_id"]
    field = api.post("/fields", {"key": word, "type": "text", "names": {"en": word}}).json()["id"]
    with organisation(organisation_id):
        company = Company.objects.get(folded=word).id
        suggestion = MergeSuggestion.objects.create(first_id=contacts[0], second_id=contacts[1]).id
    called = api.post("/calls/missed", {"phone": "+12025550123", "id": word, "name": word, "distribute": False})
    assert called.status_code == 201, called.content
    source = api.post("/sources", {"kind": "web_form", "name": word, "source": word})
    assert source.status_code == 201, source.content
    view = api.post("/views", {"name": word, "view": "all", "shared": "everybody", "filter": {"source": word}})
    assert view.status_code == 201, view.content
    names = {language: {"short": "BA", "long": word} for language in ("en", "es")}
    role = api.post("/roles", {"key": word, "names": names}).json()["id"]
    assert api.send("PUT", f"/roles/{role}/holders", {"agent_ids": [str(agent.agent_id)]}).status_code == 200
    campaign = api.post("/campaigns", {"key": word, "name": word, "sources": [word]})
    assert campaign.status_code == 201, campaign.content
    steps = [{"after_minutes": 60, "text": word}]
    sequence = api.post("/sequences", {"key": word, "name": word, "subject": word, "steps": steps})
    assert sequence.status_code == 201, sequence.content
    with organisation(organisation_id):
        conversation = called.json()["conversation_id"]
        now = clock()
        drip = Drip.objects.create(
            item_id=items[0], sequence_id=sequence.json()["id"], conversation_id=conversation, steps=steps,
            started_at=now, due_at=now + timedelta(hours=1),
        )  # fmt: skip
    with organisation(organisation_id):
        wanted = {"languages": ["eo"], "skills": {word: 3}, "hours": None}
        proposal = Proposal.objects.create(agent_id=agent.agent_id, wanted=wanted, made_at=clock())
    offers = api.post(f"/items/{items[1]}/offer", {"agent_ids": [str(agent.agent_id)], "seconds": 3600})
    assert offers.status_code == 200, offers.content
    return House(
        organisation_id, api,
        {
            "item_id": items[0], "offer_id": offers.json()["offer_ids"][0], "agent_id": str(agent.agent_id),
            "team_id": str(team), "absence_id": str(absence.id), "key_id": str(key_id), "proposal_id": str(proposal.id),
            "invitation_id": invitation.json()["id"], "route_id": str(route["id"]),
            "role_id": role, "campaign_id": campaign.json()["id"],
            "sequence_id": sequence.json()["id"], "drip_id": str(drip.id),
            "bulk_id": bulk.json()["bulk_id"], "task_id": task.json()["task_id"],
            "entry_id": note.json()["entry_id"],
            "membership_id": str(agent.membership_id), "number": "99", "contact_id": contacts[0],
            "other_id": contacts[1], "company_id": str(company), "field_id": field, "merge_id": merge,
            "suggestion_id": str(suggestion), "conversation_id": called.json()["conversation_id"],
            "source_id": source.json()["id"], "view_id": view.json()["id"],
        },
    )  # fmt: skip


@pytest.fixture(scope="module")
def theirs() -> House:
    return furnished(make_organisation(name=CANARY, language="en", zone="UTC"), CANARY)


@pytest.fixture(scope="module")
def ours() -> House:
    return furnished(make_organisation(name="Ours", language="en", zone="UTC"), "ours")


@pytest.fixture(scope="module", params=[*Role, None], ids=lambda role: role.value if role else "key")
def caller(request: pytest.FixtureRequest, ours: House) -> Api:
    """A member of ours in each role, and a key of its own."""
    if request.param is None:
        return ours.api
    return new_person(ours.id, request.param, team=UUID(ours.ids["team_id"])).api


# What each operation is sent, beside the ids in its address. `{…}` are ids of the other organisation.
BODIES: dict[str, Any] = {
    "create_lead": {"source": "web", "name": "A", "external_id": "same"},
    "list_items": None,
    "list_contacts": None,
    "get_oversight": None,
    "count_contacts": None,
    "search_contacts": None,
    "export_contacts": {"view": "all"},
    "list_views": None,
    "create_view": {"name": "x", "view": "all", "shared": "team", "team_id": "{team_id}"},
    "replace_view": {
        "name": "x",
        "view": "all",
        "filter": {"owner": ["{agent_id}"]},
        "shared": "team",
        "team_id": "{team_id}",
    },
    "delete_view": None,
    "create_contact": {"name": "A", "owner": "{agent_id}"},
    "get_contact": None,
    "edit_contact": {"company_id": "{company_id}"},
    "archive_contact": {"close_open": True},
    "restore_contact": None,
    "list_duplicates": None,
    "dismiss_duplicate": None,
    "preview_merge": None,
    "merge_contacts": {"other_id": "{other_id}"},
    "list_merges": None,
    "undo_merge": None,
    "list_companies": None,
    "create_company": {"name": "A", "owner_id": "{agent_id}"},
    "get_company": None,
    "replace_company": {"name": "taken", "owner_id": "{agent_id}"},
    "list_fields": None,
    "create_field": {"key": "new", "type": "text", "names": {"en": "New"}},
    "get_field": None,
    "replace_field": {"key": CANARY, "type": "text", "names": {"en": "taken"}},
    "take_next_item": None,
    "get_item": None,
    "list_events": None,
    "list_decisions": None,
    "list_timeline": None,
    "claim_item": None,
    "assign_item": {"agent_id": "{agent_id}", "note": "x", "over_capacity": True},
    "offer_item": {"agent_ids": ["{agent_id}"], "seconds": 600},
    "revoke_item": {"to": "agent", "agent_id": "{agent_id}", "reason": "x"},
    "hand_back_item": {"reason": "x"},
    "share_item": None,
    "log_call": {"outcome": "connected"},
    "log_note": {"text": "x"},
    "move_item": {"status": "working"},
    "put_back_item": None,
    "route_item": None,
    "request_update": {},
    "start_bulk": {"do": {"verb": "assign", "agent_ids": ["{agent_id}"]}, "item_ids": ["{item_id}"]},
    "preview_bulk": {"do": {"verb": "assign", "agent_ids": ["{agent_id}"]}, "item_ids": ["{item_id}"]},
    "retry_bulk": {},
    "get_bulk": None,
    "list_bulk_rows": None,
    "stop_bulk": None,
    "confirm_bulk": None,
    "undo_bulk": None,
    "prioritise_item": {"priority": True},
    "list_tasks": None,
    "add_task": {"kind": "call", "due_at": "2027-01-01T00:00:00Z", "agent_id": "{agent_id}"},
    "end_task": {},
    "move_task": {"due_at": "2027-01-01T00:00:00Z"},
    "give_task": {"agent_id": "{agent_id}"},
    "edit_note": {"text": "x"},
    "pin_note": {"pinned": True},
    "log_contact": {"kind": "email"},
    "get_basics": None,
    "replace_basics": {},
    "get_pipelines": None,
    "replace_pipelines": {},
    "finish_item": {"outcome": "won"},
    "list_offers": None,
    "accept_offer": None,
    "decline_offer": {"kind": "busy_now"},
    "rescind_offer": None,
    "declare_presence": {"presence": "break", "agent_id": "{agent_id}"},
    "beat": None,
    "list_agents": None,
    "create_agent": {"key": "new", "name": "New"},
    "copy_agent": {"key": "copied", "name": "Copied"},
    "import_agents": {"csv": "name,teams\nAna,x"},
    "get_agent": None,
    "replace_agent": {"key": CANARY, "name": "taken"},
    "pause_agent": None,
    "resume_agent": None,
    "list_absences": None,
    "set_absence": {"starts_at": "2030-01-01T00:00:00Z", "ends_at": "2030-01-02T00:00:00Z"},
    "clear_absence": None,
    "list_departures": None,
    "preview_leave": {"to": "agent", "receiver_id": "{agent_id}"},
    "leave_agent": {"to": "agent", "receiver_id": "{agent_id}"},
    "cancel_leave": None,
    "take_back_agent": None,
    "preview_illness": None,
    "fall_ill": None,
    "come_back": None,
    "list_teams": None,
    "create_team": {"key": "new", "name": "New"},
    "get_team": None,
    "replace_team": {"key": CANARY, "name": "taken"},
    "get_routes": None,
    "get_draft": None,
    "replace_draft": {"routes": []},
    "discard_draft": None,
    "preview_routes": {"route_id": "{route_id}"},
    "publish_draft": {},
    "list_versions": None,
    "get_version": None,
    "pause_route": {},
    "resume_route": {},
    "list_roles": None,
    "create_role": {"key": "new", "names": {"en": {"short": "N", "long": "N"}, "es": {"short": "N", "long": "N"}}},
    "get_role": None,
    "replace_role": {"key": CANARY, "names": {"en": {"short": "N", "long": "N"}, "es": {"short": "N", "long": "N"}}},
    "retire_role": None,
    "set_holders": {"agent_ids": ["{agent_id}"]},
    "list_campaigns": None,
    "create_campaign": {"key": "new", "name": "New"},
    "get_campaign": None,
    "replace_campaign": {"key": CANARY, "name": "taken"},
    "list_sequences": None,
    "create_sequence": {"key": "new", "name": "New", "subject": "x", "steps": [{"text": "x"}]},
    "get_sequence": None,
    "replace_sequence": {"key": CANARY, "name": "taken", "subject": "x", "steps": [{"text": "x"}]},
    "list_drips": None,
    "start_drip": {"sequence_id": "{sequence_id}"},
    "stop_drip": None,
    "list_item_roles": None,
    "assign_role": {"agent_id": "{agent_id}"},
    "offer_role": {"agent_ids": ["{agent_id}"], "seconds": 600},
    "list_invitations": None,
    "create_invitation": {"name": "x", "team_id": "{team_id}", "agent_id": "{agent_id}"},
    "revoke_invitation": None,
    "list_keys": None,
    "create_key": {"name": "x", "scopes": ["item.view"], "membership_id": "{membership_id}"},
    "revoke_key": None,
    "propose_profile": {},
    "list_proposals": None,
    "approve_proposal": None,
    "refuse_proposal": None,
    "get_me": None,
    "list_notifications": None,
    "read_notifications": {"until": "00000000-0000-7000-8000-000000000000"},
    "list_conversations": None,
    "get_conversation": None,
    "create_message": {"text": "x", "take": True},
    "create_missed_call": {"phone": "+12025550188", "id": "same"},
    "list_sources": None,
    "create_source": {"kind": "web_form", "name": "x", "source": "x"},
    "replace_source": {"kind": "web_form", "name": "taken", "source": "x"},
}
# Their ids in the body alone are enough to be refused.
NAMES_THEM = {operation for operation, body in BODIES.items() if body and "{" in json.dumps(body).replace('{"', "")}


def operations() -> list[tuple[str, str, str]]:
    return [
        (described["operationId"], method, path.removeprefix("/api/v1"))
        for path, methods in schema()["paths"].items()
        for method, described in methods.items()
    ]


def call(api: Api, operation: str, method: str, path: str, ids: dict[str, str], foreign: dict[str, str]) -> Any:
    """One call with `ids` in the address and `foreign` ids in the body."""
    body = BODIES[operation]
    if body is not None:
        text = json.dumps(body)
        for name, value in foreign.items():
            text = text.replace("{" + name + "}", value)
        body = json.loads(text)
    for name, value in ids.items():
        path = path.replace("{" + name + "}", value)
    headers = {"If_Match": "*"}
    if operation == "create_lead":
        headers["Idempotency_Key"] = uuid4().hex
    return api.send(method.upper(), path, body, **headers)


def silent(answer: Any) -> None:
    """Not one byte of the other organisation."""
    told = answer.content.decode() + repr(dict(answer.headers))
    assert CANARY not in told
    assert answer.status_code < 500


def test_every_operation_is_listed() -> None:
    assert {operation for operation, _, _ in operations()} == set(BODIES)


def test_every_address_is_described() -> None:
    described = {path.replace("{", "<").replace("}", ">") for path in schema()["paths"]}
    for pattern in urls.urlpatterns:
        route = re.sub(r"<\w+:", "<", str(pattern.pattern))
        assert f"/api/{route}" in described or route in ("v1/openapi.json", "docs", ""), route


@pytest.mark.parametrize(("operation", "method", "path"), operations(), ids=lambda part: part)
def test_their_ids_do_not_exist_for_us(
    caller: Api, theirs: House, ours: House, operation: str, method: str, path: str
) -> None:
    answer = call(caller, operation, method, path, theirs.ids, theirs.ids)
    silent(answer)
    if "{" in path:
        # A role that may not do such a thing at all hears so; nobody hears that the thing exists.
        never_there = {**dict.fromkeys(theirs.ids, str(uuid4())), "number": "98"}
        same = call(caller, operation, method, path, never_there, never_there)
        assert answer.status_code == same.status_code in (403, 404)
        assert answer.json()["type"] == same.json()["type"]
    if operation in NAMES_THEM and "{" not in path:
        assert answer.status_code in (403, 404)


@pytest.mark.parametrize(
    ("operation", "method", "path"), [each for each in operations() if each[0] in NAMES_THEM], ids=lambda part: part
)
def test_their_ids_inside_our_own_requests_are_refused(
    caller: Api, theirs: House, ours: House, operation: str, method: str, path: str
) -> None:
    answer = call(caller, operation, method, path, ours.ids, theirs.ids)
    silent(answer)
    assert answer.status_code in (403, 404, 409), answer.content


def test_their_ids_in_filters_and_cursors_find_nothing(ours: House, theirs: House) -> None:
    answer = ours.api.get(f"/items?owner={theirs.ids['agent_id']}")
    silent(answer)
    assert answer.json()["items"] == []
    cursor = theirs.api.get("/items?limit=1").json()["next"]
    silent(ours.api.get(f"/items?limit=1&cursor={cursor}"))
    silent(ours.api.get(f"/agents?after={theirs.ids['agent_id']}"))
    assert ours.api.get(f"/items?source={CANARY}").json()["items"] == []


def test_the_same_idempotency_key_is_another_one(ours: House, theirs: House) -> None:
    send = partial(Api.lead, key="shared")
    assert send(theirs.api, name=CANARY).status_code == 201
    answer = send(ours.api)
    silent(answer)
    assert answer.status_code == 201 and "Idempotent-Replayed" not in answer.headers


def test_the_same_person_and_the_same_external_id_are_others(ours: House, theirs: House) -> None:
    fields = {"email": "both@example.com", "external_id": "both"}
    first, second = theirs.api.lead(**fields).json(), ours.api.lead(**fields).json()
    assert second["outcome"] == "created"
    assert {first["item_id"], first["contact_id"]} & {second["item_id"], second["contact_id"]} == set()


def test_their_house_stands_as_it_was(ours: House, theirs: House) -> None:
    """After all these calls nothing of theirs has changed."""
    item = theirs.api.get(f"/items/{theirs.ids['item_id']}").json()
    assert (item["state"], item["status"], item["person"]["name"]) == ("pooled", "evaluate", CANARY)
    assert theirs.api.get("/me").status_code == 200
    agent = theirs.api.get(f"/agents/{theirs.ids['agent_id']}").json()
    assert (agent["settings"]["name"], agent["paused_at"], agent["live"]["presence"]) == (CANARY, None, "available")
    assert theirs.api.get("/routes").json()["paused"] == []
    contact = theirs.api.get(f"/contacts/{theirs.ids['contact_id']}").json()
    assert (contact["name"], contact["company"], contact["archived_at"], contact["merged_into"]) == (
        CANARY, CANARY, None, None,
    )  # fmt: skip
    assert theirs.api.get(f"/companies/{theirs.ids['company_id']}").json()["name"] == CANARY
    with organisation(theirs.id):
        assert set(Entry.objects.values_list("kind", flat=True)) == {"enquiry", "missed_call", "note"}
