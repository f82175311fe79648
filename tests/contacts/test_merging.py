"""Two contacts made one and two again: nothing is lost, at most one is in front, and the counters hold."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rightaway.accounts.actor import Actor
from rightaway.accounts.roles import Role
from rightaway.contacts.models import Contact, Identity, Merge, MergeSuggestion
from rightaway.conversations.models import Conversation
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Conflict, Invalid, NotAllowed, NotFound, RightawayError
from rightaway.work import access
from rightaway.work.actions.add_task import add_task
from rightaway.work.actions.archive_contact import archive_contact, restore_contact
from rightaway.work.actions.assign import assign
from rightaway.work.actions.assign_role import assign_role
from rightaway.work.actions.decline import decline
from rightaway.work.actions.dismiss_suggestion import dismiss_suggestion
from rightaway.work.actions.finish import finish
from rightaway.work.actions.merge_contacts import merge_contacts
from rightaway.work.actions.set_holders import set_holders
from rightaway.work.actions.touch import touch
from rightaway.work.actions.undo_merge import undo_merge
from rightaway.work.merging import UNDO_DAYS, preview, suggestions
from rightaway.work.models import Assignment, Exclusion, Item
from tests.contacts.making import asks, field, holdings
from tests.making import BOSS, House, works_as


def merged(house: House, survivor: UUID, other: UUID, **more: Any) -> Any:
    with house.inside():
        return merge_contacts(survivor_id=survivor, other_id=other, actor=BOSS, **more)


def undone(house: House, merge_id: UUID) -> Any:
    with house.inside():
        return undo_merge(merge_id=merge_id, actor=BOSS)


def given_to(house: House, item: UUID, agent: UUID) -> None:
    with house.inside():
        assign(item_id=item, agent_id=agent, actor=BOSS)


def test_everything_of_the_other_is_the_survivors(house: House) -> None:
    budget = field(house, "budget", "money", currency="USD")
    tomas, first = asks(house, "Tomás Herrera", phone="+541143215678", message="Flats?", attributes={"budget": 1000})
    twin, second = asks(house, "T. Herrera", email="t@example.com", line="rent", company="Ñandú SA", language="es")
    done = merged(house, tomas, twin)
    assert done.closed == ()
    with house.inside():
        survivor, other = Contact.objects.get(id=tomas), Contact.objects.get(id=twin)
        assert (survivor.name, survivor.company, survivor.language) == ("Tomás Herrera", "Ñandú SA", "es")
        assert survivor.employer_id is not None and other.merged_into_id == tomas
        assert {item.contact_id for item in Item.objects.filter(id__in=[first, second])} == {tomas}
        assert {item.folded for item in Item.objects.filter(contact=tomas)} == {"tomas herrera"}
        assert Item.objects.filter(contact=tomas, front=True).count() == 1
        assert Item.objects.get(id=second).attributes == {"budget": 1000}
    both = holdings(house, tomas, twin)
    assert [kind for kind, *_ in both[tomas]["identities"]] == ["email", "phone"]
    assert len(both[tomas]["entries"]) == 2
    assert both[twin]["items"] == both[twin]["entries"] == both[twin]["identities"] == []
    assert [row[0] for row in both[tomas]["values"]] == [budget.id]


def test_the_open_duplicate_is_closed_and_its_owner_is_free(house: House) -> None:
    ana, bea = house.agent(), house.agent()
    one, kept = asks(house, "Ana", phone="+541143215678")
    two, gone = asks(house, "Ana", email="a@example.com")
    given_to(house, kept, ana)
    given_to(house, gone, bea)
    with house.inside():
        touch(item_id=kept, actor=BOSS, kind="call", outcome="connected")
        earlier = Item.objects.get(id=gone).unanswered_since
    assert merged(house, one, two).closed == (gone,)
    with house.inside():
        item, duplicate = Item.objects.get(id=kept), Item.objects.get(id=gone)
        assert (duplicate.state, duplicate.outcome, duplicate.units) == ("closed", "duplicate", 0)
        # The question of the other is the kept one's now, as old as it is, and costs its owner what a question costs.
        assert (item.owner_id, item.unanswered_since, item.enquiries, item.units) == (ana, earlier, 2, 100)
    from rightaway.people.models import AgentState

    assert house.row(AgentState, agent=bea).load == 0
    assert house.row(AgentState, agent=ana).unanswered == 1


def test_who_has_an_owner_is_kept_whichever_survives(house: House) -> None:
    ana = house.agent()
    one, gone = asks(house, "Ana", phone="+541143215678")
    two, kept = asks(house, "Ana", email="a@example.com")
    given_to(house, kept, ana)
    done = merged(house, one, two)
    assert done.closed == (gone,)
    assert house.row(Item, id=kept).owner_id == ana and house.row(Item, id=kept).contact_id == one
    undone(house, done.merge_id)
    assert (house.state(gone), house.row(Item, id=gone).contact_id) == ("waiting", one)
    assert house.row(Item, id=kept).contact_id == two


def test_exclusions_of_both_are_kept(house: House) -> None:
    ana, bea = house.agent(), house.agent()
    one, kept = asks(house, "Ana", phone="+541143215678")
    two, gone = asks(house, "Ana", email="a@example.com")
    (offer,) = house.offered(gone, bea)
    with house.inside():
        decline(offer_id=offer, actor=works_as(bea), kind="not_for_me")
    given_to(house, kept, ana)
    done = merged(house, one, two)
    in_force = house.rows(Exclusion, item=kept, lifted_at=None)
    assert [(row.agent_id, row.cause) for row in in_force] == [(bea, "not_for_me")]
    undone(house, done.merge_id)
    assert house.rows(Exclusion, item=kept, lifted_at=None) == []
    assert len(house.rows(Exclusion, item=gone, lifted_at=None)) == 1


def test_undoing_restores_both_as_they_were(house: House) -> None:
    field(house, "budget", "money", currency="USD")
    field(house, "wants", "choices", choices=[{"key": "flat", "names": {"en": "Flat"}}])
    ana = house.agent()
    one, first = asks(house, "Ana", phone="+541143215678", attributes={"budget": 5})
    two, second = asks(house, "Anita", email="a@example.com", attributes={"wants": ["flat"], "budget": 7})
    asks(house, "Ana", phone="+541143215678", line="rent")
    given_to(house, second, ana)
    before = holdings(house, one, two)
    attributes = {id: house.row(Item, id=id).attributes for id in (first, second)}
    done = merged(house, one, two, take=["name", "fields.budget"])
    assert house.row(Contact, id=one).name == "Anita"
    assert house.row(Item, id=second).attributes == {"budget": 7, "wants": ["flat"]}
    undone(house, done.merge_id)
    after = holdings(house, one, two)
    assert after == before
    assert {id: house.row(Item, id=id).attributes for id in (first, second)} == attributes


def test_tasks_and_threads_go_with_what_is_kept_and_come_back(house: House) -> None:
    one, first = asks(house, "Ana", phone="+541143215678")
    two, second = asks(house, "Anita", email="a@example.com")
    with house.inside():
        now = clock()
        add_task(item_id=second, kind="call", due_at=now + timedelta(days=1), actor=BOSS)
        Conversation.objects.create(contact_id=two, item_id=second, channel="chat", last_at=now)
    before = holdings(house, one, two)
    done = merged(house, one, two)
    (kept,) = {first, second} - set(done.closed)
    both = holdings(house, one, two)[one]
    assert [row[1:] for row in both["tasks"]] == [(kept, "")] and [row[1:] for row in both["threads"]] == [
        (kept, "open")
    ]
    assert house.row(Item, id=kept).next_task_at == now + timedelta(days=1)
    undone(house, done.merge_id)
    assert holdings(house, one, two) == before
    assert [house.row(Item, id=id).next_task_at for id in (first, second)] == [None, now + timedelta(days=1)]


def test_what_came_since_stays_with_the_survivor(house: House) -> None:
    one, _first = asks(house, "Ana", phone="+541143215678")
    two, second = asks(house, "Anita", email="a@example.com", line="rent")
    done = merged(house, one, two)
    with house.inside():
        Contact.objects.filter(id=one).update(name="Ana María", folded="ana maria")
        touch(item_id=second, actor=BOSS, kind="note", text="About the rent")
    _same, third = asks(house, phone="+541143215678", line="sale")
    undone(house, done.merge_id)
    assert house.row(Contact, id=one).name == "Ana María"
    assert house.row(Item, id=third).contact_id == one
    with house.inside():  # what was said about an item goes where the item goes
        assert access.contact_for(BOSS, two, "contact.view").merged_into_id is None
    assert len(holdings(house, two)[two]["entries"]) == 2


def test_a_merge_is_undone_once_and_within_its_days(house: House) -> None:
    one, _ = asks(house, "Ana", phone="+541143215678")
    two, _ = asks(house, "Anita", email="a@example.com")
    old = merged(house, one, two).merge_id
    with house.inside():
        Merge.objects.filter(id=old).update(made_at=clock() - timedelta(days=UNDO_DAYS, seconds=1))
    with pytest.raises(Conflict):
        undone(house, old)
    with house.inside():
        Merge.objects.filter(id=old).update(made_at=clock() - timedelta(days=UNDO_DAYS - 1))
    undone(house, old)
    with pytest.raises(Conflict):
        undone(house, old)
    with pytest.raises(NotFound):
        undone(house, uuid4())


def test_a_survivor_that_was_merged_away_is_parted_first(house: House) -> None:
    one, two, three = (asks(house, name, phone=f"+54114321567{n}")[0] for n, name in enumerate(("A", "B", "C")))
    inner = merged(house, one, two).merge_id
    outer = merged(house, three, one).merge_id
    with pytest.raises(Conflict):
        undone(house, inner)
    with pytest.raises(Conflict):
        merged(house, two, three)
    undone(house, outer)
    undone(house, inner)
    assert [house.row(Contact, id=id).merged_into_id for id in (one, two, three)] == [None, None, None]


def test_a_new_enquiry_of_either_finds_the_survivor(house: House) -> None:
    one, first = asks(house, "Ana", phone="+541143215678")
    two, _ = asks(house, "Anita", email="a@example.com")
    merged(house, one, two)
    assert asks(house, email="a@example.com") == (one, first)


def test_a_suggestion_is_answered_by_a_merge_and_asked_again_after_its_undoing(house: House) -> None:
    one, _ = asks(house, "Ana", phone="+541143215678")
    two, _ = asks(house, "Anita", email="a@example.com")
    asks(house, phone="+541143215678", email="a@example.com")
    with house.inside():
        (found,) = suggestions(BOSS)
        assert {found.first.id, found.second.id} == {one, two}
    done = merged(house, one, two)
    with house.inside():
        assert suggestions(BOSS) == []
    undone(house, done.merge_id)
    with house.inside():
        (found,) = suggestions(BOSS)
        assert dismiss_suggestion(suggestion_id=found.id, actor=BOSS)
        assert not dismiss_suggestion(suggestion_id=found.id, actor=BOSS)
        assert suggestions(BOSS) == []


def test_a_suggestion_about_who_is_gone_is_about_the_survivor(house: House) -> None:
    ids = [asks(house, name, phone=f"+54114321567{n}")[0] for n, name in enumerate(("A", "B", "C"))]
    one, two, three = ids
    with house.inside():
        MergeSuggestion.objects.create(first_id=two, second_id=three)
    merged(house, one, two)
    with house.inside():
        (found,) = suggestions(BOSS)
        assert {found.first.id, found.second.id} == {one, three}


def test_the_preview_says_what_would_happen_and_writes_nothing(house: House) -> None:
    one, first = asks(house, "Ana", phone="+541143215678")
    two, second = asks(house, "Anita", email="a@example.com", company="Ñandú")
    before = holdings(house, one, two)
    with house.inside():
        found = preview(BOSS, one, two, take=["name"])
        assert {each.name: each.taken for each in found.contests} == {"name": True, "language": False, "company": True}
        assert (found.identities, found.items, found.entries) == (1, 1, 1)
        assert [(pair.kept, pair.closed) for pair in found.duplicates] == [(first, second)]
        with pytest.raises(Invalid):
            preview(BOSS, one, two, take=["phone"])
        with pytest.raises(Conflict):
            preview(BOSS, one, one)
    assert holdings(house, one, two) == before


def test_whoever_is_masked_cannot_be_merged_nor_found(house: House) -> None:
    agent = house.agent()
    one, mine = asks(house, "Ana", phone="+541143215678")
    two, _ = asks(house, "Anita", email="a@example.com")
    given_to(house, mine, agent)
    manager = Actor("member", agent, Role.AGENT_MANAGER, agent)
    with house.inside():
        with pytest.raises(NotAllowed):
            preview(works_as(agent), one, one)
        with pytest.raises(NotFound):
            merge_contacts(survivor_id=two, other_id=one, actor=works_as(agent))
        # Unassigned work is every manager's.
        assert preview(manager, one, two).other_id == two


def test_a_manager_closes_no_item_outside_their_scope(house: House) -> None:
    stranger = house.agent()
    one, theirs = asks(house, "Ana", phone="+541143215678")
    two, _ = asks(house, "Anita", email="a@example.com")
    asks(house, phone="+541143215678", line="rent")
    given_to(house, theirs, stranger)
    with house.inside():
        other, _state = Item.objects.filter(contact=two).values_list("id", "state")[0]
    given_to(house, other, stranger)
    manager = Actor("member", stranger, Role.AGENT_MANAGER, house.agent())
    with house.inside(), pytest.raises(RightawayError):
        merge_contacts(survivor_id=one, other_id=two, actor=manager)


def test_an_archived_contact_leaves_the_views_until_it_asks_again(house: House) -> None:
    contact, item = asks(house, "Ana", phone="+541143215678")
    from rightaway.ledger.errors import NeedsConfirmation
    from rightaway.work import grid
    from rightaway.work.searching import search

    with house.inside(), pytest.raises(NeedsConfirmation):
        archive_contact(contact_id=contact, actor=BOSS)
    with house.inside():
        assert archive_contact(contact_id=contact, actor=BOSS, close_open=True).closed == (item,)
    assert house.row(Item, id=item).outcome == "other"
    with house.inside():
        assert grid.grid_page(BOSS, view="all").items == []
        (found,) = search(BOSS, "ana")
        assert found.archived and found.views == []
        with pytest.raises(Conflict):
            archive_contact(contact_id=contact, actor=BOSS)
    with house.inside():
        restore_contact(contact_id=contact, actor=BOSS)
        assert [row.id for row in grid.grid_page(BOSS, view="all").items] == [item]
        archive_contact(contact_id=contact, actor=BOSS)
    _same, again = asks(house, phone="+541143215678")
    assert again != item
    with house.inside():
        assert [row.id for row in grid.grid_page(BOSS, view="all").items] == [again]
        assert not search(BOSS, "ana")[0].archived


_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["ask", "give", "touch", "finish", "merge", "undo", "archive", "edit"]),
        st.integers(0, 3), st.integers(0, 3), st.sampled_from(["", "rent"]),
    ),
    min_size=4, max_size=14,
)  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=_STEPS)
def test_whatever_is_done_nothing_is_lost(org: int, steps: list[Any]) -> None:
    """Each example in an organisation of its own: whatever there is stays somebody's, and the promises hold."""
    from rightaway.work.actions.found import make_organisation

    house = House(make_organisation(name="Property", language="en", zone="UTC"))
    agents = [house.agent() for _ in range(2)]
    numbers = [f"+54114321567{n}" for n in range(4)]
    merges: list[UUID] = []
    for number in numbers[:2]:
        asks(house, "Ana", phone=number)
    for verb, one, two, line in steps:
        entries = _count(house)
        try:
            _do(house, verb, numbers[one], numbers[two], line, agents[one % 2], merges)
        except RightawayError:
            pass
        assert _count(house) >= entries
        _hold(house)


def _count(house: House) -> tuple[int, int, int]:
    from rightaway.contacts.models import Entry

    with house.inside():
        return Item.objects.count(), Identity.objects.count(), Entry.objects.count()


def _contact(house: House, number: str) -> UUID:
    rows = house.rows(Identity, value=number)
    return rows[0].contact_id if rows else uuid4()


def _do(house: House, verb: str, number: str, other: str, line: str, agent: UUID, merges: list[UUID]) -> None:
    contact = _contact(house, number)
    with house.inside():
        row = Item.objects.filter(contact=contact, line=line).order_by("-id").first()
        item = row.id if row else uuid4()
        match verb:
            case "give":
                assign(item_id=item, agent_id=agent, actor=BOSS, over_capacity=True, note="x")
            case "touch":
                touch(item_id=item, actor=BOSS, kind="call")
            case "finish":
                finish(item_id=item, outcome="lost", actor=BOSS)
            case "archive":
                archive_contact(contact_id=contact, actor=BOSS, close_open=True)
            case "merge":
                second = _owner_of(other)
                merges.append(merge_contacts(survivor_id=contact, other_id=second, actor=BOSS).merge_id)
            case "undo" if merges:
                undo_merge(merge_id=merges[hash(number) % len(merges)], actor=BOSS)
            case "edit":
                from rightaway.work.actions.edit_contact import Edit, edit_contact

                edit_contact(contact_id=contact, edit=Edit(name=f"Name {line}"), actor=BOSS, seen=None)
    if verb == "ask":
        asks(house, "Eva", phone=number, line=line)


def _owner_of(number: str) -> UUID:
    row = Identity.objects.filter(value=number).first()
    return row.contact_id if row else uuid4()


def _hold(house: House) -> None:
    assert house.check() == []
    with house.inside():
        for contact in Contact.objects.all():
            items = list(Item.objects.filter(contact=contact.id))
            fronts = sum(item.front for item in items)
            if contact.merged_into_id is not None:
                assert items == [] and not Identity.objects.filter(contact=contact.id).exists()
            else:
                assert fronts == (0 if contact.archived_at else 1)
            assert not any(item.state != "closed" for item in items) or contact.archived_at is None
            assert {item.folded for item in items} <= {contact.folded}


def held(house: House, item: UUID) -> set[UUID]:
    return {row.agent_id for row in house.rows(Assignment, item=item, role_id__isnull=False, ended_at=None)}


def test_roles_go_on_with_the_item_that_is_kept_and_come_back_with_the_other(house: House) -> None:
    ana, bea, eva = house.agent(), house.agent(), house.agent()
    buyer, loans = house.role(ana, bea, eva, key="buyer"), house.role(bea, key="loans")
    one, kept = asks(house, "Ana", phone="+541143215678")
    two, gone = asks(house, "Ana", email="a@example.com")
    with house.inside():
        assign_role(item_id=kept, role_id=buyer, agent_id=ana, actor=BOSS)
        assign_role(item_id=gone, role_id=buyer, agent_id=eva, actor=BOSS)
        assign_role(item_id=gone, role_id=loans, agent_id=bea, actor=BOSS)
    done = merged(house, one, two)
    assert (held(house, kept), held(house, gone)) == ({ana, bea}, set())  # its own stays, what it lacked it has now
    undone(house, done.merge_id)
    assert (held(house, kept), held(house, gone)) == ({ana}, {bea, eva})


def test_a_role_that_was_given_on_since_or_may_not_be_held_any_more_does_not_come_back(house: House) -> None:
    ana, bea, eva = house.agent(), house.agent(), house.agent()
    buyer = house.role(ana, bea, eva)
    one, kept = asks(house, "Ana", phone="+541143215678")
    two, gone = asks(house, "Ana", email="a@example.com")
    with house.inside():
        assign_role(item_id=gone, role_id=buyer, agent_id=bea, actor=BOSS)
    done = merged(house, one, two)
    with house.inside():
        assign_role(item_id=kept, role_id=buyer, agent_id=eva, actor=BOSS)
        set_holders(role_id=buyer, agent_ids=[ana, eva], actor=BOSS)
    undone(house, done.merge_id)
    assert (held(house, kept), held(house, gone)) == ({eva}, set())
