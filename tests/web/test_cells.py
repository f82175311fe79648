"""What the cells of the grid say of an item, and that filters find by the same grades."""

import random
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import translation

from rightaway.engine import facts
from rightaway.engine.basics import BASICS, Rules, turns_bad
from rightaway.engine.hours import Calendar
from rightaway.ledger.clock import clock
from rightaway.routing.basics_schema import BasicsIn, PipelinesIn, StageIn, ThresholdsIn
from rightaway.web import formats
from rightaway.web.contacts import words
from rightaway.web.contacts.cells import Cells, Mark, cells_of
from rightaway.work import basics, grid
from rightaway.work.actions.regrade import regrade_due
from rightaway.work.actions.save_basics import save_basics
from rightaway.work.grid import grid_page
from rightaway.work.grid_filter import GRADES, TASKS, GridFilter
from rightaway.work.models import Item
from tests.making import BOSS, House, works_as

STAGES = words.Stages(PipelinesIn())


def _cells(item: Item, now: datetime, rules: Rules | None = None, **also: Any) -> Cells:
    rules = rules or Rules()
    for name, at in basics.bad_columns(turns_bad(basics.work_of(item), rules)).items():
        setattr(item, name, at)
    with translation.override("en"), formats.for_reader("", "UTC"):
        return cells_of(item, rules, now, masked=False, stages=STAGES, **also)


NOON = datetime.fromisoformat("2026-03-03T12:00:00+00:00")  # a Tuesday
OWNER = UUID(int=5)


def _item(minutes: int, **columns: Any) -> Item:
    """An owned lead that asked so many minutes before noon."""
    since = NOON - timedelta(minutes=minutes)
    values = {"owner_id": OWNER, "state": "assigned", "basics_since": since, "unanswered_since": since, **columns}
    return Item(organisation_id=1, contact_id=UUID(int=6), created_at=since, **values)


def _worked(minutes: int, **columns: Any) -> Item:
    """The same, called at once and moved on."""
    at = NOON - timedelta(minutes=minutes - 1)
    done = {"unanswered_since": None, "answered_seconds": 60, "acted_at": at, "called_at": at, "status": "working"}
    return _item(minutes, **{**done, **columns})


def _told(cells: Cells) -> dict[str, tuple[str, str]]:
    marks: dict[str, Mark] = {name: getattr(cells, name) for name in BASICS}
    return {name: (mark.state, str(mark.words)) for name, mark in marks.items()}


def test_a_new_lead_owes_nothing_yet_and_all_of_it_ten_minutes_later() -> None:
    told = _told(_cells(_item(9), NOON))
    assert told == {
        "status": ("neutral", "Evaluate"), "waiting": ("neutral", ""), "phone": ("neutral", "Not due"),
        "email": ("neutral", "Not due"), "notes": ("neutral", "Not due"), "task": ("neutral", "Not due"),
    }  # fmt: skip
    late = _cells(_item(10), NOON)
    assert _told(late) | {"waiting": late.waiting.state, "phone": late.phone.words} == {
        **told, "status": ("bad", "Evaluate"), "waiting": "bad", "phone": "Not called",
    }  # fmt: skip
    assert _cells(_item(9), NOON).turns_at == NOON + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("columns", "cell", "expected"),
    [
        ({}, "status", ("good", "Working")),
        ({}, "waiting", ("good", "in 1 min")),
        ({"answered_seconds": 400}, "waiting", ("neutral", "in 6 min")),
        ({"answered_seconds": 700}, "waiting", ("bad", "in 11 min")),
        ({}, "phone", ("good", "Called")),
        ({"phone_mark": "valid"}, "phone", ("good", "Valid")),
        ({"phone_mark": "wrong"}, "phone", ("bad", "Wrong number")),
        ({"phone_mark": "none", "called_at": None}, "phone", ("neutral", "No number")),
        ({}, "email", ("bad", "None sent")),
        ({"mailed_at": NOON}, "email", ("good", "Sent")),
        ({"mailed_at": NOON, "email_mark": "valid"}, "email", ("good", "Valid")),
        ({"email_mark": "wrong"}, "email", ("bad", "Bounced")),
        ({"email_mark": "none"}, "email", ("neutral", "No address")),
        ({}, "notes", ("bad", "None")),
        ({"notes": 3}, "notes", ("good", "3")),
        ({}, "task", ("bad", "None")),
        ({"next_task_at": NOON + timedelta(minutes=15)}, "task", ("neutral", "Today 12:15")),
        ({"next_task_at": NOON + timedelta(hours=46)}, "task", ("good", "Thu 10:00")),
        ({"next_task_at": NOON - timedelta(hours=50)}, "task", ("bad", "Overdue 2 d")),
        ({"state": "closed", "outcome": "won", "owner_id": None}, "phone", ("neutral", "–")),
    ],
)  # fmt: skip
def test_each_basic_in_a_shape_and_a_word(columns: dict[str, Any], cell: str, expected: tuple[str, str]) -> None:
    assert _told(_cells(_worked(90, **columns), NOON))[cell] == expected


def test_a_task_says_what_it_is_about() -> None:
    item = _worked(90, next_task_at=NOON + timedelta(hours=46))
    assert _cells(item, NOON, task="Call").task.words == "Call, Thu 10:00"


def test_at_night_it_says_when_it_is_due_and_counts_opening_time_by_day() -> None:
    hours = facts.Hours(zone="UTC", ranges=tuple((day, 9 * 60, 18 * 60) for day in range(1, 8)))
    rules = Rules(calendar=Calendar("UTC", hours, frozenset({date(2026, 3, 5)})))
    night = NOON + timedelta(hours=10)  # 22:00
    asked = _item(0, unanswered_since=night, basics_since=night)
    told = _cells(asked, night + timedelta(hours=1), rules)
    assert told.waiting.words == "due 09:10" and told.waiting.state == "neutral"
    assert told.turns_at is not None and told.turns_at > night
    morning = datetime.fromisoformat("2026-03-04T09:04:00+00:00")
    waits = _cells(asked, morning, rules).waiting
    assert waits.since == night and waits.counts_from == morning - timedelta(minutes=4)


def test_what_is_withheld_is_not_told_by_a_mark() -> None:
    item = _item(2, owner_id=None, state="pooled", phone_mark="wrong", email_mark="none")
    _cells(item, NOON)  # graded with its marks
    with translation.override("en"):
        masked = cells_of(item, Rules(), NOON, masked=True, stages=STAGES)
    plain = _cells(_item(2, owner_id=None, state="pooled"), NOON)
    assert (masked.phone, masked.email, masked.turns_at) == (plain.phone, plain.email, NOON + timedelta(minutes=8))


def test_stages_have_the_organisations_names() -> None:
    own = PipelinesIn.model_validate(
        {"pipelines": [{"kind": "lead", "stages": [{"code": "evaluate"}, {"code": "working", "es": "En curso"}]}]}
    )
    assert isinstance(own.pipelines[0].stages[1], StageIn)
    with translation.override("es"):
        assert words.Stages(own).name("lead", "working") == words.Stages(own).any_name("working") == "En curso"
    with translation.override("en"):
        assert words.Stages(own).name("lead", "working") == "Working"


def _crowd(house: House, agents: list[UUID], count: int = 80) -> None:
    dice, now = random.Random(3), clock()
    for _ in range(count):
        since = now - timedelta(minutes=dice.choice([1, 8, 30, 200]))
        owner = dice.choice([None, *agents])
        waits, acted = dice.random() < 0.4, since + timedelta(minutes=1)
        columns: dict[str, Any] = {
            "kind": dice.choice(["lead", "case"]), "status": dice.choice(["evaluate", "working"]),
            "unanswered_since": since if waits else None, "basics_since": dice.choice([since, since, None]),
            "answered_seconds": None if waits else dice.choice([None, 60, 400, 900]),
            "acted_at": None if waits else dice.choice([None, acted]),
            "called_at": None if waits else dice.choice([None, acted]), "mailed_at": dice.choice([None, acted]),
            "phone_mark": dice.choice(["", "valid", "wrong", "none"]),
            "email_mark": dice.choice(["", "valid", "wrong", "none"]), "notes": dice.choice([0, 2]),
            "next_task_at": dice.choice([None, now - timedelta(hours=3), now + timedelta(minutes=1),
                                         now + timedelta(days=3)]),
        }  # fmt: skip
        state = "assigned" if owner else dice.choice(["pooled", "closed"])
        house.item(state, owner_id=owner, **columns)


def test_every_filter_finds_exactly_the_rows_that_show_that_grade(org: int) -> None:
    house = House(org)
    agent = house.agent()
    with house.inside():
        case = ThresholdsIn(kind="case", target_seconds=1200, late_seconds=3000)
        save_basics(actor=BOSS, basics=BasicsIn(zone="Asia/Kolkata", thresholds=[case]))
    _crowd(house, [agent])
    regrade_due(org)
    grid.forget()
    for actor in (BOSS, works_as(agent)):
        with house.inside(), formats.for_reader("", "UTC"):
            items = [item for item in grid_page(actor, view="all", limit=200).items if item.state != "closed"]
            rules, now = basics.rules(), clock()
            masked = {item.id: item.owner_id != actor.agent_id and actor is not BOSS for item in items}
            shown = {i.id: cells_of(i, rules, now, masked=masked[i.id], stages=STAGES) for i in items}
            for name in BASICS:
                for grade in GRADES:
                    wanted = GridFilter(basics=((name, grade),))
                    found = {item.id for item in grid_page(actor, view="all", wanted=wanted, limit=200).items}
                    # Of whoever is masked, phone and e-mail are not searched at all.
                    hides = name in ("phone", "email")
                    expected = {
                        id for id, cells in shown.items()
                        if getattr(cells, name).state == grade and not (hides and masked[id])
                    }  # fmt: skip
                    assert found == expected, (actor.role, name, grade)
            attention = {item.id for item in grid_page(actor, view="attention", limit=200).items}
            assert attention == {
                item.id for item in items if item.attention_at and item.attention_at <= now and not masked[item.id]
            }
            ways = [{i.id for i in grid_page(actor, view="all", wanted=GridFilter(tasks=(way,)), limit=200).items}
                    for way in TASKS]  # fmt: skip
            assert set().union(*ways) == set(shown) and sum(map(len, ways)) == len(shown)


def test_not_finds_the_others_and_the_rest_of_the_filters_what_they_say(org: int) -> None:
    house = House(org)
    agent = house.agent()
    now = clock()
    plain = house.item(source="web", language="es", band=1)
    other = house.item("assigned", owner_id=agent, source="chat", language="en", band=3, kind="case",
                       update_asked_at=now)  # fmt: skip
    with house.inside():
        Item.objects.filter(id=other).update(created_at=now - timedelta(days=40))

    def ids(**wanted: Any) -> list[UUID]:
        with house.inside():
            return [item.id for item in grid_page(BOSS, view="all", wanted=GridFilter(**wanted)).items]

    own: list[dict[str, Any]] = [
        {"sources": ("web",)}, {"languages": ("es",)}, {"bands": ("low", "normal")}, {"kinds": ("lead",)},
        {"created_within_days": 7}, {"owners": ("none",)}, {"waiting_over_minutes": 0, "owners": ("none",)},
    ]  # fmt: skip
    for wanted in own:
        assert ids(**wanted) == [plain], wanted
    rest: list[dict[str, Any]] = [
        {"sources": ("web",), "excluded": frozenset({"sources"})}, {"update_asked": True}, {"bands": ("top",)},
        {"owners": ("none",), "excluded": frozenset({"owners"})}, {"owners": (agent,)},
        {"created_within_days": 7, "excluded": frozenset({"created_within_days"})},
    ]  # fmt: skip
    for wanted in rest:
        assert ids(**wanted) == [other], wanted
    assert set(ids(campaigns=("none",))) == {plain, other} and ids(campaigns=(UUID(int=9),)) == []


def test_the_summary_counts_what_the_views_list(org: int) -> None:
    house = House(org)
    agent, now = house.agent(), clock()
    long = house.item(unanswered_since=now - timedelta(minutes=50), basics_since=now - timedelta(minutes=50))
    house.item("assigned", owner_id=agent, unanswered_since=now - timedelta(minutes=2))
    house.item("assigned", owner_id=agent, unanswered_since=None, status="working",
               basics_since=now - timedelta(hours=3), acted_at=now - timedelta(hours=3))  # fmt: skip
    with house.inside():
        save_basics(actor=BOSS, basics=BasicsIn(zone="Asia/Kolkata"))
    regrade_due(org)
    grid.forget()
    with house.inside():
        found = grid.summary(BOSS)
    assert (found.evaluate, found.unassigned, found.pooled, found.longest) == (2, 1, 1, long)
    assert (found.attention, found.no_call, found.no_task, found.no_note) == (2, 2, 1, 1)
    assert found.median_asked is not None and now - found.median_asked > timedelta(minutes=49)
