"""The contacts grid: views, filters, orders, pages and search, as each actor sees them."""

import base64
import random
import re
from datetime import timedelta
from itertools import cycle
from typing import Any, Final
from uuid import UUID

import psycopg
import pytest

from rightaway.accounts.actor import Actor
from rightaway.accounts.roles import Role
from rightaway.contacts.models import Contact, Identity
from rightaway.contacts.normalise import fold
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Invalid
from rightaway.people.models import Team, TeamMember
from rightaway.work import access, grid
from rightaway.work.actions.receive import receive
from rightaway.work.actions.touch import touch
from rightaway.work.enquiry import Enquiry
from rightaway.work.grid import SORTS, VIEWS, grid_page, view_counts, views_of
from rightaway.work.grid_filter import GridFilter
from rightaway.work.models import Assignment, Item
from rightaway.work.searching import search
from tests.making import BOSS, House, works_as


class Desk(House):
    """A house whose contacts have names, numbers and addresses."""

    def contact(self, name: str, *, phone: str = "", email: str = "", **columns: Any) -> UUID:
        owner, state = columns.get("owner_id"), columns.pop("state", None)
        values = {"state": state or ("assigned" if owner else "pooled"), "unanswered_since": None, **columns}
        item_id = self.item(**values)
        with self.inside():
            item = Item.objects.get(id=item_id)
            Contact.objects.filter(id=item.contact_id).update(name=name, folded=fold(name))
            Item.objects.filter(id=item_id).update(folded=fold(name))
            for kind, value in (("phone", phone), ("email", email)):
                if value:
                    Identity.objects.create(contact_id=item.contact_id, kind=kind, value=value, raw=value)
            if owner:
                Assignment.objects.create(
                    item_id=item_id, agent_id=owner, how="by_hand", band=1, started_at=clock(), exclusive=True
                )
        return item_id

    def ids(self, actor: Actor = BOSS, **wanted: Any) -> list[UUID]:
        with self.inside():
            return [item.id for item in grid_page(actor, **{"limit": 200, **wanted}).items]

    def found(self, text: str, actor: Actor = BOSS) -> list[UUID]:
        with self.inside():
            return [found.item.id for found in search(actor, text)]

    def manager(self, *agents: UUID) -> Actor:
        me = self.agent()
        with self.inside():
            team = Team.objects.create(key=f"team-{me}", name="North")
            TeamMember.objects.create(team=team, agent_id=me, manages=True)
            for agent in agents:
                TeamMember.objects.create(team=team, agent_id=agent)
        return Actor(kind="member", id=me, role=Role.AGENT_MANAGER, agent_id=me)


@pytest.fixture
def desk(org: int) -> Desk:
    grid.forget()
    return Desk(org)


# How rows are found: how far a try to walk goes, how few are sorted then.
WAYS: Final = {"few": (1, 40_000), "near": (7, 40_000), "many": (7, 0), "walked": (0, 0)}


def go(monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    for name, rows in zip(("STEPS", "FEW"), WAYS[way], strict=True):
        monkeypatch.setattr(grid, name, rows)


@pytest.fixture(params=list(WAYS))
def either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Sorted, or walked along the indexes a little or to the end: nobody may see a difference."""
    go(monkeypatch, request.param)
    return str(request.param)


def _crowd(desk: Desk, count: int = 60) -> tuple[list[UUID], UUID]:
    """Contacts of every kind with many ties, and the agent who owns some of them."""
    dice, now = random.Random(7), clock()
    agents = [desk.agent(), desk.agent()]
    made = []
    for number in range(count):
        state = dice.choice(["assigned", "assigned", "pooled", "closed"])
        waits = None if state == "closed" else dice.choice([None, None, now - timedelta(minutes=dice.randint(1, 3))])
        columns: dict[str, Any] = {"owner_id": dice.choice(agents)} if state == "assigned" else {}
        made.append(
            desk.contact(
                f"{dice.choice(['Ana', 'Ñandú', 'Zoë', ''])} {dice.choice('XYZ')}".strip(), state=state,
                status=dice.choice(["evaluate", "working", "won"]), source=dice.choice(["web", "chat"]),
                band=number % 4, unanswered_since=waits, **columns,
            )
        )  # fmt: skip
    return made, agents[0]


def _expected(desk: Desk, sort: str) -> list[UUID]:
    def evaluate(item: Item) -> bool:
        return item.state != "closed" and (item.unanswered_since is not None or item.status == "evaluate")

    keys: dict[str, Any] = {
        "urgency": lambda i: (
            0 if i.owner_id is None and i.state != "closed" else 1 + (not evaluate(i)), i.asked, i.id.int
        ),
        "waiting": lambda i: (not evaluate(i), i.asked, i.id.int),
        "name": lambda i: (i.folded, i.id.int),
        "status": lambda i: (i.status, i.asked, i.id.int),
        "source": lambda i: (i.source, i.asked, i.id.int),
        "band": lambda i: (-i.band, i.id.int),
        "created": lambda i: i.id.int,
    }  # fmt: skip
    rows = sorted(desk.rows(Item, front=True), key=keys[sort.removeprefix("-")])
    forward = sort in ("urgency", "-waiting", "name", "status", "source", "-band", "created")
    return [item.id for item in (rows if forward else reversed(rows))]


@pytest.mark.parametrize("sort", SORTS)
def test_every_order_is_the_same_there_and_back_in_pages_of_any_size(desk: Desk, either_way: str, sort: str) -> None:
    _crowd(desk)
    wanted = GridFilter(owners=()) if either_way == "many" else GridFilter(sources=("web", "chat"))
    expected, seen, cursor, before = _expected(desk, sort), [], None, None
    with desk.inside():
        while True:
            page = grid_page(BOSS, view="all", wanted=wanted, sort=sort, cursor=cursor, limit=7)
            seen += [item.id for item in page.items]
            before, cursor = page.previous, page.next
            if cursor is None:
                break
        assert seen == expected
        back: list[UUID] = []
        while before is not None:
            page = grid_page(BOSS, view="all", wanted=wanted, sort=sort, cursor=before, limit=7)
            back = [item.id for item in page.items] + back
            before = page.previous
        assert back == expected[: len(back)] and len(back) >= len(expected) - 7


def test_few_and_many_are_found_in_the_same_order_under_every_filter(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, agent = _crowd(desk)
    manager = desk.manager(agent)
    filters = [
        GridFilter(), GridFilter(statuses=("working",)), GridFilter(statuses=("working", "won")),
        GridFilter(sources=("web",)), GridFilter(owners=("none",)), GridFilter(owners=(agent,)),
        GridFilter(owners=("none", agent)), GridFilter(waiting_over_minutes=2), GridFilter(owners=("me",)),
    ]  # fmt: skip
    ways = cycle(["walked", "near", "many"])
    for actor in (BOSS, manager, works_as(agent)):
        for view in VIEWS:
            for wanted in filters:
                for sort in SORTS:
                    with monkeypatch.context() as patch:
                        go(patch, next(ways))
                        walked = desk.ids(actor, view=view, wanted=wanted, sort=sort)
                    grid.forget()
                    assert walked == desk.ids(actor, view=view, wanted=wanted, sort=sort), (actor, view, wanted, sort)


def test_each_actor_sees_what_access_lets_them(desk: Desk, either_way: str) -> None:
    _, agent = _crowd(desk)
    for actor in (BOSS, desk.manager(agent), works_as(agent), works_as(desk.agent())):
        with desk.inside():
            allowed = set(access.visible_items(actor).filter(front=True).values_list("id", flat=True))
        assert set(desk.ids(actor, view="all")) == allowed


def test_who_is_offered_an_item_sees_it_and_a_share_too(desk: Desk) -> None:
    asked, owner, partner = desk.agent(), desk.agent(), desk.agent()
    offered = desk.contact("Ana", state="waiting", due_at=clock())
    desk.offered(offered, asked)
    shared = desk.contact("Eva", owner_id=owner)
    with desk.inside():
        Assignment.objects.filter(item=shared).update(exclusive=False)
        Assignment.objects.create(
            item_id=shared, agent_id=partner, how="accepted", band=1, started_at=clock(), exclusive=False
        )
    assert desk.ids(works_as(asked), view="all") == [offered]
    assert set(desk.ids(works_as(partner), view="all")) == {offered, shared}  # what is offered is still nobody's


def test_a_key_without_the_scope_sees_nothing(desk: Desk) -> None:
    desk.contact("Ana")
    key = Actor(kind="key", id=UUID(int=1), role=Role.COMPANY_MANAGER, scopes=frozenset({"item.create"}))
    assert desk.ids(key, view="all") == []
    assert desk.found("ana", key) == []


def test_evaluate_has_open_questions_and_the_unmoved_the_unassigned_first_then_the_longest_wait(desk: Desk) -> None:
    now, agent = clock(), desk.agent()
    short = desk.contact("A", status="working", owner_id=agent, unanswered_since=now - timedelta(minutes=1))
    long = desk.contact("B", owner_id=agent, unanswered_since=now - timedelta(minutes=9))
    nobody = desk.contact("C", unanswered_since=now - timedelta(minutes=2))
    unmoved = desk.contact("D", owner_id=agent)
    moved = desk.contact("E", owner_id=agent, status="working")
    closed = desk.contact("F", state="closed")
    assert desk.ids() == [nobody, long, short, unmoved]
    assert set(desk.ids(view="all")) == {short, long, nobody, unmoved, moved, closed}
    assert desk.ids(view="unassigned") == [nobody]
    assert desk.ids(wanted=GridFilter(waiting_over_minutes=5)) == [long]


def test_priority_is_evaluate_in_the_upper_bands(desk: Desk) -> None:
    agent = desk.agent()
    top, high = desk.contact("A", band=3, owner_id=agent), desk.contact("B", band=2, owner_id=agent)
    desk.contact("C", band=1, owner_id=agent)
    desk.contact("D", band=3, owner_id=agent, status="working")
    assert set(desk.ids(view="priority")) == {top, high}
    with desk.inside():
        assert views_of(Item.objects.get(id=top), clock()) == ["evaluate", "priority"]


def test_my_team_is_whom_i_manage(desk: Desk) -> None:
    mine, other = desk.agent(), desk.agent()
    theirs = desk.contact("A", owner_id=mine)
    desk.contact("B", owner_id=other)
    manager = desk.manager(mine)
    assert desk.ids(manager, view="team") == [theirs]
    with desk.inside():
        assert "team" not in view_counts(works_as(mine))


def test_only_the_item_in_front_is_a_row(desk: Desk) -> None:
    with desk.inside():
        sale = receive(enquiry=Enquiry(source="web", name="Ana", email="ana@example.com", line="sale"), actor=BOSS)
        rent = receive(enquiry=Enquiry(source="web", name="Ana", email="ana@example.com", line="rent"), actor=BOSS)
    assert sale.contact_id == rent.contact_id
    assert desk.ids(view="all") == desk.ids() == desk.found("ana") == [rent.item_id]


def test_counts_are_those_of_the_views_and_stop_at_the_most(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    _, agent = _crowd(desk)
    for actor in (BOSS, desk.manager(agent), works_as(agent)):
        with desk.inside():
            counts = view_counts(actor)
        assert counts == {view: len(desk.ids(actor, view=view)) for view in counts}
    monkeypatch.setattr(grid, "MOST_COUNTED", 5)
    with desk.inside():
        assert view_counts(BOSS)["all"] == 60  # not older than two seconds: as it was
        grid.forget()
        assert view_counts(BOSS)["all"] == 6


@pytest.mark.parametrize(
    "wanted",
    [
        {"view": "nowhere"},
        {"sort": "folded; drop table"},
        {"sort": "-urgency"},
        {"cursor": "x"},
        {"cursor": "W10"},
        {"wanted": GridFilter(owners=("somebody",))},
        {"wanted": GridFilter(waiting_over_minutes=-1)},
    ],
)
def test_what_is_not_of_this_list_is_refused(desk: Desk, wanted: dict[str, Any]) -> None:
    with pytest.raises(Invalid), desk.inside():
        grid_page(BOSS, **wanted)


def test_a_cursor_belongs_to_its_order(desk: Desk) -> None:
    _crowd(desk, 8)
    with desk.inside():
        cursor = grid_page(BOSS, view="all", sort="name", limit=3).next
        with pytest.raises(Invalid):
            grid_page(BOSS, view="all", sort="status", cursor=cursor)


def test_a_withheld_name_is_not_told_by_an_order_a_cursor_or_a_search(desk: Desk, either_way: str) -> None:
    agent = desk.agent()
    mine = desk.contact("Marta Canario", owner_id=agent)
    hidden = [desk.contact(f"{letter} Canario", phone=f"+3460012345{place}", email=f"{letter}.canario@example.com")
              for place, letter in enumerate("ZAM")]  # fmt: skip
    actor = works_as(agent)
    assert desk.ids(actor, view="all", sort="name") == [mine, *sorted(hidden, key=lambda id: id.int)]
    with desk.inside():
        cursor = grid_page(actor, view="all", sort="name", limit=2).next
    assert cursor is not None
    assert "canario" not in base64.urlsafe_b64decode(cursor + "==").decode().casefold()
    for text in ("canario", "zcanario", "z canario", "z.canario@example.com", "600123450", "canaro"):
        assert set(desk.found(text, actor)) <= {mine}, text
    assert len(desk.found("canario")) == 4


def test_search_finds_names_whatever_their_accents_case_and_order(desk: Desk) -> None:
    id = desk.contact("María José Ñúñez O'Brien")
    desk.contact("Pedro Gil")
    for text in ("maria", "MARÍA", "nunez maria", "ñúñ", "o'br", "jose nunez", "ma", "jo nu", "  maría   josé "):
        assert desk.found(text) == [id], text
    with desk.inside():
        assert {found.via for found in search(BOSS, "maria gil")} <= {"alike"}  # every word must be there


def test_search_forgives_a_spelling_mistake_when_little_else_is_found(desk: Desk) -> None:
    id = desk.contact("Lucía Echeverría")
    desk.contact("Pedro Gil")
    assert desk.found("echeveria") == [id]
    with desk.inside():
        (found,) = search(BOSS, "luzia echeveria")
    assert (found.item.id, found.via) == (id, "alike")


def test_search_finds_numbers_in_any_form_by_their_end(desk: Desk) -> None:
    id = desk.contact("Ana", phone="+541143215678")
    desk.contact("Eva", phone="+541143210000")
    for text in ("+54 11 4321-5678", "011 4321 5678", "4321-5678", "5678", "(11) 43215678"):
        assert desk.found(text) == [id], text
    assert desk.found("678") == []  # too short to mean anybody


def test_search_finds_addresses_from_their_beginning_or_middle(desk: Desk) -> None:
    id = desk.contact("Ana", email="ana.gomez@example.com")
    desk.contact("Eva", email="eva@example.org")
    for text in ("ana.gomez@example.com", "gomez@", "@example.com", "Ana.Gomez@EXAMPLE", "ana.gom"):
        assert desk.found(text) == [id], text


def test_what_is_typed_is_text_and_no_pattern(desk: Desk) -> None:
    percent, slash = desk.contact("Cien % Seguro_s"), desk.contact("a\\b")
    desk.contact("Pedro Gil", email="p_g@example.com")
    assert desk.found("cien %") == [percent]
    assert desk.found("n %") == []
    assert desk.found("seguro_s") == [percent]
    assert desk.found("a\\b") == [slash]
    for text in ("___", "%%%%", "p%l", "pXg@example", "'; drop table work_item; --", "\\", "\\\\\\"):
        assert desk.found(text) == [], text
    assert desk.found("") == desk.found("   ") == desk.found("\x00") == []


def test_search_says_where_each_contact_stands(desk: Desk) -> None:
    agent = desk.agent()
    desk.contact("Ana Lost", state="closed")
    desk.contact("Ana Priority", owner_id=agent, band=3)
    desk.contact("Ana Nobody")
    with desk.inside():
        found = {row.item.folded: row.views for row in search(BOSS, "ana")}
    assert found == {
        "ana lost": [],
        "ana priority": ["evaluate", "priority"],
        "ana nobody": ["evaluate", "unassigned"],
    }


def test_a_manager_finds_the_team_and_what_is_nobodys_only(desk: Desk) -> None:
    mine, other = desk.agent(), desk.agent()
    seen = {desk.contact("Ana A", owner_id=mine), desk.contact("Ana B")}
    desk.contact("Ana C", owner_id=other)
    assert set(desk.found("ana", desk.manager(mine))) == seen


def test_an_id_finds_its_contact(desk: Desk) -> None:
    id = desk.contact("Ana")
    contact = desk.row(Item, id=id).contact_id
    assert desk.found(str(id)) == desk.found(str(contact)) == [id]


def test_search_never_leaves_its_organisation(desk: Desk, other_org: int, app_dsn: str) -> None:
    item = desk.contact("Ana Canario", phone="+541143215678", email="ana@example.com")
    with desk.inside():
        touch(item_id=item, kind="note", text="Ana has a garden", actor=BOSS)
    elsewhere = Desk(other_org)
    elsewhere.contact("Eva")
    for text in ("ana", "canario", "canaryo", "43215678", "ana@example.com"):
        assert elsewhere.found(text) == [], text
    with psycopg.connect(app_dsn) as conn:
        query = "SELECT (SELECT count(*) FROM find_contacts('ana', 10)) + (SELECT count(*) FROM find_notes('ana', 10))"
        assert conn.execute(query).fetchone() == (0,)
        conn.execute("SELECT set_config('rightaway.organisation', %s, true)", [str(other_org)])
        assert conn.execute(query).fetchone() == (0,)


@pytest.mark.parametrize("function", ["find_contacts", "find_notes"])
def test_only_the_application_may_search(scheduler_dsn: str, superuser_dsn: str, function: str) -> None:
    with psycopg.connect(scheduler_dsn) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(f"SELECT {function}('ana', 10)")
    query = "SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace ORDER BY 1"
    with psycopg.connect(superuser_dsn) as conn:
        assert conn.execute(query).fetchall() == [("find_contacts",), ("find_notes",)]


def test_the_item_has_its_contacts_name_however_it_became_known(desk: Desk) -> None:
    with desk.inside():
        first = receive(enquiry=Enquiry(source="web", email="ana@example.com"), actor=BOSS)
    assert desk.row(Item, id=first.item_id).folded == ""
    with desk.inside():
        receive(enquiry=Enquiry(source="web", email="ana@example.com", name="Ána Ruiz"), actor=BOSS)
    assert desk.row(Item, id=first.item_id).folded == "ana ruiz"
    with desk.inside():
        second = receive(enquiry=Enquiry(source="web", email="ana@example.com", line="rent"), actor=BOSS)
    assert desk.row(Item, id=second.item_id).folded == "ana ruiz"
    assert desk.ids(view="all", sort="name") == [second.item_id]


def _plans(desk: Desk, monkeypatch: pytest.MonkeyPatch, **wanted: Any) -> str:
    """What PostgreSQL does for a page, as the application's role, under row-level security."""
    fetch = grid._fetch
    told: list[str] = []

    def explained(sql: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
        told.extend(row[0] for row in fetch("EXPLAIN (COSTS OFF) " + sql, parameters))
        return fetch(sql, parameters)

    monkeypatch.setattr(grid, "_fetch", explained)
    go(monkeypatch, "walked")
    desk.ids(limit=3, **wanted)
    return "\n".join(told)


@pytest.mark.parametrize(
    ("sort", "index"),
    [
        ("-waiting", "item_evaluate"), ("name", "item_folded"), ("status", "item_status"), ("source", "item_source"),
        ("created", "work_item_pkey"), ("-band", "item_unusual_band"), ("urgency", "item_unassigned"),
    ],
)  # fmt: skip
def test_an_order_of_many_is_walked_along_its_index(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, sort: str, index: str
) -> None:
    _crowd(desk, 12)
    with desk.inside():
        cursor = grid_page(BOSS, view="all", sort=sort, limit=2).next
    plan = _plans(desk, monkeypatch, view="all", sort=sort, cursor=cursor)
    assert index in plan and "Sort" not in plan, plan
    if sort in ("name", "status", "source"):  # and entered where the page begins
        assert re.search(r"Index Cond: .* ROW\(", plan), plan


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        ({"basics": (("phone", "bad"),)}, "item_attention"), ({"basics": (("task", "bad"),)}, "item_attention"),
        ({"basics": (("waiting", "bad"),)}, "item_late"), ({"tasks": ("overdue",)}, "item_next_task"),
        ({"update_asked": True}, "item_update_asked"), ({"campaigns": (UUID(int=1),)}, "item_campaign"),
    ],
)  # fmt: skip
def test_a_filter_that_leaves_few_is_found_by_its_index(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, wanted: dict[str, Any], index: str
) -> None:
    _crowd(desk, 12)
    fetch, told = grid._fetch, list[str]()

    def explained(sql: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
        grid._run("SET LOCAL enable_seqscan = off")
        told.extend(row[0] for row in fetch("EXPLAIN (COSTS OFF) " + sql, parameters))
        return fetch(sql, parameters)

    monkeypatch.setattr(grid, "_fetch", explained)
    desk.ids(view="all", wanted=GridFilter(**wanted))
    plan = "\n".join(told)
    # Among so few rows another partial index of the same filter may be as cheap; reading all of them never is.
    assert f" {index}" in plan or re.search(r"Scan using item_\w+ on", plan), plan
    assert "Seq Scan on work_item" not in plan, plan
