"""Daily work on the profile: what is logged and planned there, who may change it, and what the timeline says of it."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone, translation

from rightaway.accounts.roles import Role
from rightaway.contacts.models import Entry, Task
from rightaway.ledger.clock import clock
from rightaway.ledger.models import Event
from rightaway.web.profile import when
from rightaway.work.actions.add_task import add_task
from rightaway.work.actions.touch import touch
from rightaway.work.models import Item
from tests.making import BOSS, House, works_as
from tests.web.test_profile import HTMX, NAME, address, asked, every_byte, given, member, named, page


@pytest.fixture
def house(org: int) -> House:
    return House(org)


def at_work(house: House, language: str = "en") -> tuple[Client, UUID, UUID]:
    """(an agent's browser, the agent, an item of theirs)."""
    ana = named(house, "Ana Beltrán")
    item_id = asked(house)
    given(house, item_id, ana)
    return member(house, Role.AGENT, ana, language), ana, item_id


def does(client: Client, item_id: UUID, what: str, **form: Any) -> int:
    return client.post(address(item_id, f"/do/{what}"), form).status_code


@pytest.mark.parametrize(("language", "complete"), [("en", "6 of 6"), ("es", "6 de 6")])
def test_a_call_an_e_mail_a_note_a_status_and_a_task_make_every_basic_good(
    house: House, language: str, complete: str
) -> None:
    mine, _ana, item_id = at_work(house, language)
    assert complete not in page(mine, address(item_id))
    assert does(mine, item_id, "call", outcome="connected", minutes="3", text="") == 302
    assert does(mine, item_id, "message", kind="email", outcome="replied", text="Sent the plans") == 302
    assert does(mine, item_id, "note", text="Works nights.") == 302
    assert does(mine, item_id, "task", text="Show the house", kind="meeting", due="next", remind="15") == 302
    assert does(mine, item_id, "status", status="working") == 302
    assert complete in page(mine, address(item_id))
    task = house.row(Task, item_id=item_id)
    assert task.due_at - task.remind_at == timedelta(minutes=15)
    assert house.check() == []


@pytest.mark.parametrize(("what", "form", "field"), [
    ("message", {"kind": "message", "outcome": "bounced"}, "message-outcome"),
    ("message", {"kind": "fax"}, "message-kind"),
    ("visit", {"outcome": "won"}, "visit-outcome"),
    ("task", {"kind": "other", "due": "hour"}, "task-text"),
    ("task", {"kind": "call", "due": "yesterday"}, "task-due"),
    ("task", {"kind": "call", "due": "other"}, "task-at"),
    ("task", {"kind": "call", "due": "hour", "receiver": str(UUID(int=1))}, "task-receiver"),
])  # fmt: skip
def test_what_is_wrong_is_said_by_its_field(house: House, what: str, form: dict[str, str], field: str) -> None:
    mine, _ana, item_id = at_work(house)
    answer = mine.post(address(item_id, f"/do/{what}"), form)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.content.decode()
    assert house.rows(Task) == []


def test_a_task_is_put_off_given_done_and_dropped_and_each_is_told(house: House) -> None:
    mine, ana, item_id = at_work(house)
    boss = member(house, Role.COMPANY_MANAGER)
    with house.inside():
        first, second = (
            add_task(item_id=item_id, text=text, due_at=clock() + timedelta(hours=1), actor=works_as(ana)).task_id
            for text in ("Send the plans", "Ask the bank")
        )
    assert does(mine, item_id, f"task/{first}/move", due="next") == 302
    assert house.row(Task, id=first).due_at > clock() + timedelta(hours=8)
    assert does(boss, item_id, f"task/{first}/give", agent=str(ana)) == 302
    assert house.row(Task, id=first).agent_id == ana
    assert does(mine, item_id, f"task/{first}/end", outcome="done") == 302
    assert does(mine, item_id, f"task/{second}/end", outcome="dropped") == 302
    text = page(boss, address(item_id, "?show=task"))
    for said in ("put off a task", "gave a task to Ana Beltrán", "did a task", "dropped a task", "Send the plans"):
        assert said in text, said
    assert "accepted it" not in text.partition('id="activity"')[2].partition('id="why"')[0]
    assert house.check() == []


def test_a_task_goes_only_to_whoever_works_on_the_contact(house: House) -> None:
    mine, ana, item_id = at_work(house)
    leo = named(house, "Leo Prado")
    boss = member(house, Role.COMPANY_MANAGER)
    with house.inside():
        task = add_task(item_id=item_id, kind="call", due_at=clock() + timedelta(hours=1), actor=works_as(ana)).task_id
    refused = boss.post(address(item_id, f"/do/task/{task}/give"), {"agent": str(leo)}, headers=HTMX)
    assert refused.status_code == 409
    assert "Leo Prado" not in page(mine, address(item_id))
    other = member(house, Role.AGENT, leo)
    for what in ("end", "move", "give"):
        answer = other.post(address(item_id, f"/do/task/{task}/{what}"), {"due": "next"}, headers=HTMX)
        assert answer.status_code == 404, what
    assert house.row(Task, id=task).ended_at is None


def test_another_organisation_s_tasks_and_notes_are_not_there(house: House, other_org: int) -> None:
    mine, ana, item_id = at_work(house)
    does(mine, item_id, "note", text="Ours alone")
    note = house.row(Entry, item_id=item_id, kind="note").id
    with house.inside():
        task = add_task(item_id=item_id, kind="call", due_at=clock() + timedelta(hours=1), actor=works_as(ana)).task_id
    stranger = member(House(other_org), Role.COMPANY_MANAGER)
    for path in (
        f"/do/task/{task}/end", f"/do/task/{task}/move", f"/do/task/{task}/give", f"/do/note/{note}",
        f"/do/note/{note}/pin", "/do/task", "/do/message", "/do/priority", "/do/ask",
    ):  # fmt: skip
        form = {"due": "next", "text": "x", "kind": "call"}
        assert stranger.post(address(item_id, path), form, headers=HTMX).status_code == 404, path
    assert stranger.post(f"/work/tasks/{task}/done", headers=HTMX).status_code == 404
    assert stranger.post(f"/contacts/log/{item_id}", {"outcome": "busy"}, headers=HTMX).status_code == 404
    assert house.row(Entry, id=note).text == "Ours alone"
    assert house.row(Task, id=task).ended_at is None


def test_its_author_edits_a_note_for_fifteen_minutes_and_the_ledger_keeps_no_text(house: House) -> None:
    mine, _ana, item_id = at_work(house)
    does(mine, item_id, "note", text="Works nigths.")
    note = house.row(Entry, item_id=item_id, kind="note").id
    assert f"edit-{note}" in page(mine, address(item_id))
    boss = member(house, Role.COMPANY_MANAGER)
    assert f"edit-{note}" not in page(boss, address(item_id))
    assert boss.post(address(item_id, f"/do/note/{note}"), {"text": "x"}, headers=HTMX).status_code == 403
    assert does(mine, item_id, f"note/{note}", text="Works nights.") == 302
    text = page(mine, address(item_id))
    assert "Works nights." in text and "nigths" not in text and "edited" in text
    assert not any("nights" in event.body for event in house.rows(Event, subject_id=item_id))
    with house.inside():
        Entry.objects.filter(id=note).update(at=clock() - timedelta(minutes=15, seconds=1))
    assert f"edit-{note}" not in page(mine, address(item_id))
    assert mine.post(address(item_id, f"/do/note/{note}"), {"text": "late"}, headers=HTMX).status_code == 409
    assert house.row(Entry, id=note).text == "Works nights."


def test_pinned_notes_stand_on_top_and_there_are_few(house: House) -> None:
    mine, ana, item_id = at_work(house)
    with house.inside():
        ids = [touch(item_id=item_id, kind="note", text=f"Note {n}", actor=works_as(ana)).entry_id for n in range(6)]
    for id in ids[:5]:
        assert does(mine, item_id, f"note/{id}/pin", pinned="on") == 302
    assert mine.post(address(item_id, f"/do/note/{ids[5]}/pin"), {"pinned": "on"}, headers=HTMX).status_code == 409
    assert page(mine, address(item_id)).count('id="pinned-') == 5
    assert does(mine, item_id, f"note/{ids[0]}/pin", pinned="off") == 302
    assert page(mine, address(item_id)).count('id="pinned-') == 4


def test_the_timeline_is_whole_over_its_pages_whatever_is_shown(house: House) -> None:
    mine, ana, item_id = at_work(house)
    with house.inside():
        for n in range(260):
            touch(item_id=item_id, kind="note", text=f"«note {n}»", actor=works_as(ana))
    for show in ("all", "contact"):
        seen, path, pages = "", address(item_id, f"/part/activity?show={show}"), 0
        while path:
            text = page(mine, path)
            seen, pages = seen + text, pages + 1
            path = text.partition('hx-get="')[2] if pages == 0 else _earlier(text)
        assert pages == 3
        assert [seen.count(f"«note {n}»") for n in range(260)] == [1] * 260, show
    assert page(mine, address(item_id, "/part/earlier?before=nonsense"))


def _earlier(text: str) -> str:
    """The address of the next page; empty on the last."""
    return text.partition('id="earlier-more"')[2].partition('hx-get="')[2].partition('"')[0].replace("&amp;", "&")


def test_a_masked_viewer_sees_neither_basics_nor_tasks_nor_timeline(house: House) -> None:
    ana = named(house, "Ana Beltrán")
    item_id = asked(house)
    with house.inside():
        touch(item_id=item_id, kind="note", text="Secret garden", actor=BOSS)
        add_task(item_id=item_id, text="Secret task", due_at=clock() + timedelta(hours=1), actor=BOSS)
    mine = member(house, Role.AGENT, ana)
    seen = every_byte(mine, item_id)
    for part in ("basics", "tasks", "earlier"):
        seen += page(mine, address(item_id, f"/part/{part}"))
    assert NAME not in seen and "Secret" not in seen and "timeline-line" not in seen
    assert "is shown once it is yours" in seen


def test_j_and_k_go_through_the_list_one_came_from(house: House) -> None:
    boss = member(house, Role.COMPANY_MANAGER)
    first, second, third = (
        house.item(source="web", unanswered_since=clock() - timedelta(minutes=m)) for m in (9, 6, 3)
    )
    house.item(source="portal", unanswered_since=clock() - timedelta(minutes=5))
    text = page(boss, address(second, "?view=evaluate&source=web&sort=-waiting"))
    for id, key in ((first, "k"), (third, "j")):
        assert f'href="/contacts/{id}?view=evaluate&amp;sort=-waiting&amp;source=web" data-global-key="{key}"' in text
    with house.inside():
        Item.objects.filter(id=second).update(owner=None, unanswered_since=None, status="working")
    left = page(boss, address(second, "?view=evaluate&source=web&sort=-waiting"))
    assert f"/contacts/{third}?" in left  # who has left the list comes after all of it
    assert "beside" not in page(boss, address(second)).partition("<main")[2]
    assert page(boss, address(first, "?view=evaluate&sort=wrong"))


NOW = datetime(2026, 3, 5, 15, tzinfo=ZoneInfo("America/Bogota"))  # a Thursday


@pytest.mark.parametrize(("hours", "expected"), [
    (None, ["2026-03-05 16:00", "2026-03-06 09:00", "2026-03-09 09:00"]),
    ([[1, "10:30", "18:00"], [6, "08:00", "12:00"]], ["2026-03-05 16:00", "2026-03-07 08:00", "2026-03-09 10:30"]),
    ([[1, "08:00", "18:00"]], ["2026-03-05 16:00", "2026-03-09 08:00", "2026-03-16 08:00"]),
    ([], ["2026-03-05 16:00"]),
])  # fmt: skip
def test_the_quick_choices_are_mornings_of_somebody_s_work(hours: Any, expected: list[str]) -> None:
    with timezone.override(ZoneInfo("America/Bogota")), translation.override("en"):
        found = [f"{timezone.localtime(each.at):%Y-%m-%d %H:%M}" for each in when.quick(NOW, hours)]
        assert found == expected
        assert when.instant("magic", NOW, hours) is None


def test_a_call_from_the_grid_is_one_post_that_answers_with_the_row(house: House) -> None:
    mine, _ana, item_id = at_work(house)
    answer = mine.post(f"/contacts/log/{item_id}", {"outcome": "no_answer", "n": "4"}, headers=HTMX)
    assert answer.status_code == 200
    assert answer.content.decode().lstrip().startswith(f'<tr role="row" id="row-{item_id}"')
    assert house.row(Item, id=item_id).called_at is not None
    assert mine.post(f"/contacts/log/{item_id}", {"outcome": "magic"}, headers=HTMX).status_code == 422
    leo = member(house, Role.AGENT, named(house, "Leo Prado"))
    assert leo.post(f"/contacts/log/{item_id}", {"outcome": "busy"}, headers=HTMX).status_code == 404
