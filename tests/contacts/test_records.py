"""Contacts typed in and edited, fields of one's own, companies: what is refused, what is copied, who gets it."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from rightaway.accounts.actor import SYSTEM, Actor
from rightaway.accounts.roles import Role
from rightaway.contacts import fields, money
from rightaway.contacts.fields import Money
from rightaway.contacts.models import Company, Contact, CustomField, FieldValue, Identity
from rightaway.contacts.schema import FieldIn
from rightaway.intake.csv.mapping import Columns
from rightaway.intake.csv.rows import Reader, Unusable
from rightaway.ledger.errors import (
    AlreadyThere,
    CapacityFull,
    Conflict,
    Invalid,
    KnownPerson,
    NeedsConfirmation,
    NotAllowed,
    NotAMember,
    NotFound,
    Stale,
)
from rightaway.ledger.models import Event
from rightaway.people.models import Agent, AgentState
from rightaway.work.actions.claim import claim
from rightaway.work.actions.create_contact import create_contact, default_owner
from rightaway.work.actions.edit_contact import Edit, edit_contact
from rightaway.work.actions.receive_many import receive_many
from rightaway.work.actions.save_company import company_tag, save_company
from rightaway.work.actions.save_field import save_field
from rightaway.work.company_queries import companies_page, contacts_of, open_items_of
from rightaway.work.contact_record import reached_by, record_of
from rightaway.work.enquiry import Enquiry
from rightaway.work.field_filter import OPERATORS, field_condition
from rightaway.work.models import Campaign, CampaignMember, Item
from tests.contacts.making import asks, field
from tests.making import BOSS, House, works_as

PHONE = "+541143215678"
CHOICES = [{"key": "flat", "names": {"en": "Flat", "es": "Piso"}}, {"key": "house", "names": {"en": "House"}}]


def typed(house: House, actor: Actor, name: str = "Tomás", **more: Any) -> Any:
    """Types in somebody; `phones`, `emails`, `values` and `owner` beside what an enquiry has."""
    reached = reached_by(more.pop("phones", []), more.pop("emails", []), "AR")
    own = {key: more.pop(key) for key in ("values", "owner", "known_too", "over_capacity", "note") if key in more}
    with house.inside():
        return create_contact(
            enquiry=Enquiry(source="", name=name, **more), reached=reached, actor=actor,
            **{"values": {}, "owner": None, **own},
        )  # fmt: skip


def edited(house: House, contact: UUID, actor: Actor = BOSS, seen: str | None = None, **changes: Any) -> Any:
    with house.inside():
        return edit_contact(contact_id=contact, edit=Edit(**changes), actor=actor, seen=seen)


def test_whoever_works_leads_has_what_they_type_in(house: House) -> None:
    agent = house.agent(capacity=0, presence="offline")  # their own, however much they carry
    made = typed(house, works_as(agent), phones=["011 4321-5678", "+54 11 4444 5555"], emails=["T@Example.com"])
    item = house.row(Item, id=made.item_id)
    assert (item.owner_id, item.state, item.source) == (agent, "assigned", "typed_in")
    reached = house.rows(Identity, contact=made.contact_id)
    assert sorted((row.kind, row.place, row.value) for row in reached) == [
        ("email", 0, "t@example.com"), ("phone", 0, PHONE), ("phone", 1, "+541144445555"),
    ]  # fmt: skip


def test_for_whoever_works_none_the_routes_decide(house: House) -> None:
    reception = Actor("member", uuid4(), Role.AGENT)
    with house.inside():
        assert (default_owner(reception), default_owner(SYSTEM)) == ("routes", "routes")
    assert house.state(typed(house, reception).item_id) == "waiting"


def test_nobody_is_visibly_unassigned_with_its_reason(house: House) -> None:
    item = house.row(Item, id=typed(house, BOSS, owner="nobody").item_id)
    assert (item.state, item.cause, item.owner_id) == ("pooled", "typed_in", None)


def test_managers_give_to_anyone_and_agents_to_themselves_only(house: House) -> None:
    ana, bea = house.agent(), house.agent(presence="offline")
    assert house.row(Item, id=typed(house, BOSS, owner=ana).item_id).owner_id == ana
    with pytest.raises(NotAllowed):
        typed(house, works_as(ana), owner=bea)
    with pytest.raises(NeedsConfirmation):
        typed(house, BOSS, "Absent", owner=bea)
    assert house.rows(Contact, name="Absent") == []  # all or nothing
    made = typed(house, BOSS, owner=bea, over_capacity=True, note="She asked for him")
    assert house.row(Item, id=made.item_id).owner_id == bea
    with pytest.raises(Invalid):
        typed(house, BOSS, owner="somebody")


def test_a_full_agent_is_not_given_more_without_confirmation(house: House) -> None:
    ana = house.agent(capacity=0)
    with pytest.raises(CapacityFull):
        typed(house, BOSS, owner=ana)


def test_one_s_own_of_a_campaign_of_others_is_refused(house: House) -> None:
    with house.inside():
        Campaign.objects.create(key="spring", name="Spring")
    with pytest.raises((NotAMember, NotFound, NotAllowed)):
        typed(house, works_as(house.agent()), campaign="spring")


def test_somebody_known_is_recognised_and_never_made_twice(house: House) -> None:
    ana = house.agent()
    known = typed(house, works_as(ana), phones=[PHONE])
    with pytest.raises(KnownPerson) as refused:
        typed(house, BOSS, phones=["+54 11 4321 5678"])
    assert refused.value.parameters == {"contact_id": str(known.contact_id)}
    with pytest.raises(KnownPerson) as refused:  # whom one may not see is not named
        typed(house, works_as(house.agent()), emails=["new@example.com"], phones=[PHONE])
    assert refused.value.parameters == {}
    again = typed(house, BOSS, phones=[PHONE], known_too=True, emails=["t@example.com"], owner="nobody")
    assert (again.contact_id, again.item_id, again.outcome) == (known.contact_id, known.item_id, "attached")
    assert house.row(Item, id=known.item_id).owner_id == ana
    assert house.row(Identity, value="t@example.com").contact_id == known.contact_id


@pytest.mark.parametrize(("name", "more"), [("", {}), ("A", {"campaign": "none"}), ("A", {"values": {"x": 1}})])
def test_what_cannot_be_typed_in(house: House, name: str, more: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        typed(house, BOSS, name, **more)
    assert house.rows(Contact) == []


def test_an_edit_changes_the_copies_too(house: House) -> None:
    contact, item = asks(house, "Ana", phone=PHONE)
    done = edited(house, contact, name="Ana Ñíguez", language="es", company="Ñandú SA")
    assert done.changed == ("company", "language", "name")
    row = house.row(Item, id=item)
    assert (row.folded, row.language) == ("ana niguez", "es")
    assert house.row(Company).name == "Ñandú SA"
    assert edited(house, contact, name="Ana Ñíguez").changed == ()
    assert house.row(Contact, id=contact).event_seq == 1


def test_an_edit_of_what_was_changed_meanwhile_is_refused(house: House) -> None:
    contact, _item = asks(house, "Ana", phone=PHONE)
    with house.inside():
        seen = record_of(BOSS, Contact.objects.get(id=contact)).etag
    edited(house, contact, name="Anna", seen=seen)
    with pytest.raises(Stale):
        edited(house, contact, name="Anne", seen=seen)


def test_identities_are_added_taken_away_and_ordered_and_the_ledger_has_ids_only(house: House) -> None:
    contact, _item = asks(house, "Ana", phone=PHONE)
    edited(house, contact, reached=reached_by(["+541144445555", PHONE], ["a@example.com"], "AR"))
    order = house.rows(Identity, contact=contact, kind="phone")
    assert {row.value: row.place for row in order} == {"+541144445555": 0, PHONE: 1}
    edited(house, contact, reached=reached_by([PHONE], [], "AR"))
    assert [row.value for row in house.rows(Identity, contact=contact)] == [PHONE]
    told = "".join(row.body for row in house.rows(Event, subject_kind="contact", subject_id=contact))
    assert "identities_added" in told and "identities_removed" in told
    assert "4321" not in told and "example" not in told
    with pytest.raises(Invalid):
        edited(house, contact, reached=[], name="")
    other, _item = asks(house, "Eva", phone="+541166667777")
    with pytest.raises(KnownPerson):
        edited(house, contact, reached=reached_by(["+541166667777"], [], "AR"))
    assert other != contact


def test_a_campaign_is_not_taken_from_under_its_owner(house: House) -> None:
    ana = house.agent()
    contact, item = asks(house, "Ana", phone=PHONE)
    with house.inside():
        campaign = Campaign.objects.create(key="spring", name="Spring")
    edited(house, contact, campaign="spring")
    assert house.row(Item, id=item).campaign_id == campaign.id
    edited(house, contact, campaign="")
    with house.inside():
        from rightaway.work.actions.assign import assign

        assign(item_id=item, agent_id=ana, actor=BOSS)
    with pytest.raises(NotAMember):
        edited(house, contact, campaign="spring")
    with house.inside():
        CampaignMember.objects.create(campaign=campaign, agent_id=ana)
    edited(house, contact, campaign="spring")
    with pytest.raises(Invalid):
        edited(house, contact, campaign="none")


def test_who_may_edit(house: House) -> None:
    ana, bea = house.agent(), house.agent()
    contact, item = asks(house, "Ana", phone=PHONE)
    with house.inside():
        Item.objects.filter(id=item).update(state="pooled", due_at=None)
        from rightaway.ledger.clock import clock
        from rightaway.ledger.events import Change, append

        append(Item.objects.get(id=item), clock(), [Change("pooled", {"state": "pooled", "owner": None})])
    with pytest.raises(NotFound):  # masked: free to take, but not to be known
        edited(house, contact, works_as(ana), name="X")
    with house.inside():
        claim(item_id=item, actor=works_as(ana))
    assert edited(house, contact, works_as(ana), name="X").changed == ("name",)
    with pytest.raises(NotFound):
        edited(house, contact, works_as(bea), name="Y")


# Fields


READS: list[tuple[str, Any, Any, Any]] = [
    ("text", "  Ñu\x00 ", "Ñu", "Ñu"),
    ("number", 4.5, 4.5, 4.5),
    ("money", "420000.50", Money(42000050, "USD"), 420000.5),
    ("money", {"amount": 100, "currency": "USD"}, Money(100, "USD"), 1),
    ("date", "2026-02-28", date(2026, 2, 28), "2026-02-28"),
    ("choice", "flat", "flat", "flat"),
    ("choices", ["house", "flat", "flat"], ("flat", "house"), ["flat", "house"]),
    ("boolean", False, False, False),
]
WRONG: list[tuple[str, Any]] = [
    ("text", 1), ("text", "x" * 2001), ("number", "4"), ("number", True), ("number", 2.0**60), ("number", float("nan")),
    ("money", "1.005"), ("money", "1_0"), ("money", {"amount": 1.5, "currency": "USD"}), ("money", True),
    ("money", {"amount": 1, "currency": "EUR"}), ("money", "9" * 16), ("date", "2026-02-30"), ("date", "20260228"),
    ("choice", "castle"), ("choice", ["flat"]), ("choices", "flat"), ("choices", ["castle"]), ("boolean", "yes"),
]  # fmt: skip


def unsaved(type_: str) -> CustomField:
    choices = CHOICES if type_.startswith("choice") else []
    return CustomField(organisation_id=1, key="f", type=type_, choices=choices, currency="USD")


@pytest.mark.parametrize(("type_", "raw", "value", "plain"), READS)
def test_a_value_of_each_type(type_: str, raw: Any, value: Any, plain: Any) -> None:
    assert fields.read(unsaved(type_), raw) == value
    assert fields.plain(value) == plain


@pytest.mark.parametrize(("type_", "raw"), WRONG)
def test_what_is_no_value_of_its_type(type_: str, raw: Any) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        fields.read(unsaved(type_), raw)


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [("number", "-3.5", -3.5), ("boolean", "Sí", True), ("boolean", "no", False), ("choice", "piso", "flat"),
     ("choices", "Flat; house", ("flat", "house")), ("text", "", None), ("money", "12", Money(1200, "USD"))],
)  # fmt: skip
def test_cells_are_read_as_people_write_them(type_: str, text: str, value: Any) -> None:
    assert fields.read_text(unsaved(type_), text) == value


@pytest.mark.parametrize(("currency", "minor", "major"), [("USD", 150, 1.5), ("CLP", 150, 150), ("KWD", 1500, 1.5)])
def test_minor_units_are_the_currency_s(currency: str, minor: int, major: float) -> None:
    assert money.minor_units(str(major), currency) == minor
    assert money.major_units(minor, currency) == major


@pytest.mark.parametrize("currency", ["USD", "CLP", "KWD"])
@pytest.mark.parametrize("minor", [money.MOST, -money.MOST, money.MOST - 1, 1, 0, 70_000_000_000_001])
def test_an_amount_is_the_same_after_an_item_had_it(currency: str, minor: int) -> None:
    assert money.minor_units(money.major_units(minor, currency), currency) == minor


def test_values_come_by_every_door_and_stand_on_the_item(house: House) -> None:
    field(house, "budget", "money", currency="USD")
    field(house, "wants", "choices", choices=CHOICES)
    contact, first = asks(house, "Ana", phone=PHONE, attributes={"budget": 5, "zone": "North"})
    _same, second = asks(house, phone=PHONE, line="rent", attributes={"wants": ["flat"]})
    assert house.row(Item, id=first).attributes == {"budget": 5, "zone": "North", "wants": ["flat"]}
    assert house.row(Item, id=second).attributes == {"budget": 5, "wants": ["flat"]}
    asks(house, phone=PHONE, attributes={"budget": 7})  # the latest that they say
    edited(house, contact, fields={"wants": None})
    for item in (first, second):
        assert house.row(Item, id=item).attributes.get("budget") == 7
        assert "wants" not in house.row(Item, id=item).attributes
    with house.inside():
        assert fields.values_of([contact]) == {contact: {"budget": Money(700, "USD")}}


def test_a_wrong_value_is_refused_with_its_place(house: House) -> None:
    field(house, "day", "date")
    with pytest.raises(Invalid) as refused:
        asks(house, "Ana", attributes={"day": "tomorrow"})
    assert refused.value.errors[0]["pointer"] == "/attributes/day"
    with house.inside():
        good, bad = receive_many(
            enquiries=[
                Enquiry(source="w", name=n, attributes={"day": d}) for n, d in (("A", "2026-01-02"), ("B", "x"))
            ],
            actor=BOSS,
        )
        assert isinstance(bad, Invalid)
        assert FieldValue.objects.get().contact_id == good.contact_id  # type: ignore[union-attr]
    contact, _item = asks(house, "Eva", phone=PHONE)
    with pytest.raises(Invalid) as refused:
        edited(house, contact, fields={"day": 1, "other": 2})
    assert [row["pointer"] for row in refused.value.errors] == ["/fields/day", "/fields/other"]


def test_a_file_s_cells_are_read_by_the_field(house: House) -> None:
    for key, type_, more in (("budget", "money", {"currency": "USD"}), ("wants", "choices", {"choices": CHOICES})):
        field(house, key, type_, **more)
    with house.inside():
        known = fields.fields()
    reader = Reader(
        columns=Columns({"name": 0}, {"budget": 1, "wants": 2, "zone": 3}), header=("n", "b", "w", "z"), source="fair",
        zone=ZoneInfo("UTC"), region="AR", fields=known,
    )  # fmt: skip
    enquiry = reader.enquiry(["Ana", "1200.50", "Piso; house", "7"])
    assert enquiry.attributes == {"budget": 1200.5, "wants": ["flat", "house"], "zone": 7}
    with pytest.raises(Unusable, match=r"attributes\.wants"):
        reader.enquiry(["Ana", "", "castle", ""])


def test_a_required_field_is_asked_of_people_only(house: House) -> None:
    field(house, "budget", "number", required=True)
    asks(house, "Ana")  # a lead is never lost for it
    with pytest.raises(Invalid):
        typed(house, BOSS)
    made = typed(house, BOSS, values={"budget": 3})
    with pytest.raises(Invalid):
        edited(house, made.contact_id, fields={"budget": None})
    assert edited(house, made.contact_id, name="Other").changed == ("name",)


def test_what_may_be_changed_of_a_field(house: House) -> None:
    known = field(house, "wants", "choice", choices=CHOICES)
    asks(house, "Ana", attributes={"wants": "flat"})
    with pytest.raises(Invalid):
        field(house, "wants", "text")
    with pytest.raises(Conflict):
        field(house, "wants", "choice", choices=CHOICES[1:])
    field(house, "wants", "choice", choices=CHOICES[:1], retired=True)
    asks(house, "Eva", attributes={"wants": "castle"})  # no longer a field
    assert house.row(CustomField, id=known.id).event_seq == 2
    with house.inside(), pytest.raises(NotAllowed):
        save_field(field=FieldIn(key="x", type="text", names={"en": "X"}), actor=works_as(uuid4()))


def found_by(house: House, key: str, operator: str, value: Any = None) -> set[str]:
    with house.inside():
        sql, parameters = field_condition(CustomField.objects.get(key=key), operator, value, name="f0")
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT i.folded FROM work_item i WHERE i.organisation_id = {house.id} AND {sql}", parameters
            )
            return {row[0] for row in cursor.fetchall()}


def test_every_type_is_found_by_its_operators(house: House) -> None:
    types: dict[str, dict[str, Any]] = {
        "text": {}, "number": {}, "money": {"currency": "USD"}, "date": {}, "boolean": {},
        "choice": {"choices": CHOICES}, "choices": {"choices": CHOICES},
    }  # fmt: skip
    for type_, more in types.items():
        field(house, f"f_{type_}", type_, **more)
    low = {"text": "Ñandú", "number": 1, "money": 1, "date": "2026-01-01", "boolean": False, "choice": "flat",
           "choices": ["flat"]}  # fmt: skip
    high = {"text": "Puma", "number": 2, "money": 2, "date": "2026-01-02", "boolean": True, "choice": "house",
            "choices": ["flat", "house"]}  # fmt: skip
    for name, values in (("low", low), ("high", high)):
        asks(house, name, attributes={f"f_{type_}": value for type_, value in values.items()})
    asks(house, "none")
    for type_, operators in OPERATORS.items():
        key, other = f"f_{type_}", "house" if type_ == "choices" else high[type_]
        for operator in operators:
            value = "pu" if operator == "starts_with" else other
            expected = {
                "is": {"high"}, "is_not": {"low", "none"}, "lt": {"low"}, "lte": {"low", "high"}, "gt": set(),
                "gte": {"high"}, "is_set": {"low", "high"}, "is_empty": {"none"}, "starts_with": {"high"},
            }[operator]  # fmt: skip
            assert found_by(house, key, operator, value) == expected, (type_, operator)
    with pytest.raises(Invalid):
        found_by(house, "f_text", "gt", "a")
    with pytest.raises(Invalid):
        found_by(house, "f_number", "is", "many")


# Companies


def test_one_name_is_one_company_however_it_is_written(house: House) -> None:
    one, _ = asks(house, "Ana", phone=PHONE, company="Ñandú SA")
    two, _ = asks(house, "Eva", company="ÑANDÚ  sa")
    (company,) = house.rows(Company)
    assert {house.row(Contact, id=id).employer_id for id in (one, two)} == {company.id}
    assert house.row(Contact, id=two).company == "ÑANDÚ  sa"
    with house.inside():
        save_company(company_id=company.id, name="Nandu", owner_id=None, actor=BOSS, seen=company_tag(company))
    assert {house.row(Contact, id=id).company for id in (one, two)} == {"Nandu"}
    with house.inside(), pytest.raises(AlreadyThere):
        save_company(company_id=None, name="NANDU", owner_id=None, actor=BOSS)
    with house.inside(), pytest.raises(Stale):
        save_company(company_id=company.id, name="X", owner_id=None, actor=BOSS, seen=company_tag(company))


@pytest.mark.parametrize("name", ["", "\u0301", "x" * 20_000, "\ufdfa" * 300])
def test_names_that_an_index_could_not_hold(house: House, name: str) -> None:
    contact, _item = asks(house, "Ana", company=name)
    assert (house.row(Contact, id=contact).employer_id is None) == (name in ("", "\u0301"))


def test_a_company_shows_what_its_reader_may_see(house: House) -> None:
    ana = house.agent()
    contact, item = asks(house, "Ana", phone=PHONE, company="Ñandú")
    with house.inside():
        company = Company.objects.get()
        assert companies_page(works_as(ana), find="nan")[0] == []
        assert companies_page(BOSS, find="nan")[0] == [company]
        from rightaway.work.actions.assign import assign

        assign(item_id=item, agent_id=ana, actor=BOSS)
        assert [row.id for row in contacts_of(works_as(ana), company)] == [contact]
        assert [row.id for row in open_items_of(works_as(ana), company)] == [item]
        assert companies_page(works_as(ana))[0] == [company]


def test_an_account_owner_is_an_active_agent(house: House) -> None:
    ana, gone = house.agent(), house.agent()
    with house.inside():
        Agent.objects.filter(id=gone).update(active=False)
    with house.inside(), pytest.raises(Conflict):
        save_company(company_id=None, name="A", owner_id=gone, actor=BOSS)
    with house.inside():
        made = save_company(company_id=None, name="A", owner_id=ana, actor=BOSS)
        assert Company.objects.get(id=made.company_id).owner_id == ana
    with house.inside(), pytest.raises(NotFound):
        save_company(company_id=uuid4(), name="B", owner_id=None, actor=BOSS)


def test_companies_that_contacts_name_become_records(house: House) -> None:
    """The migration, run on rows as they were before it."""
    from importlib import import_module

    one, _ = asks(house, "Ana", company="Ñandú")
    with house.inside():
        Contact.objects.update(employer=None)
        Company.objects.all().delete()
        link = import_module("rightaway.contacts.migrations.0005_companies").link
        link(house.id)
        link(house.id)
        assert Contact.objects.get(id=one).employer_id == Company.objects.get().id


def test_the_load_of_what_is_typed_in_is_counted(house: House) -> None:
    agent = house.agent()
    typed(house, works_as(agent))
    assert house.row(AgentState, agent=agent).unanswered == 1
