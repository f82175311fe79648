"""The settings of the basics and the statuses: who may save them, what is refused, what a change would do."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from rightaway.accounts.roles import Role
from rightaway.ledger.clock import clock
from rightaway.routing.basics_schema import BasicsIn, PipelinesIn, basics_of, pipelines_of
from rightaway.routing.models import Config
from rightaway.work.actions.save_basics import save_basics
from tests.calling import new_person
from tests.making import BOSS, House
from tests.web.test_contacts import Desk


@pytest.fixture
def desk(org: int) -> Desk:
    return Desk(House(org), new_person(org, Role.COMPANY_MANAGER), new_person(org))


def _fields(page: str) -> dict[str, str]:
    """What a browser would send back unchanged."""
    found: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", page):
        parts = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if "name" in parts and parts.get("type") != "checkbox":
            found[parts["name"]] = parts.get("value", "")
        elif " checked" in tag:
            found[parts["name"]] = "on"
    found["zone"] = (re.findall(r'<option value="([^"]*)" selected', page) or ["UTC"])[0]
    return found


def _open(client: Client, path: str) -> dict[str, str]:
    answer = client.get(path)
    assert answer.status_code == 200
    return _fields(answer.content.decode())


def _basics(desk: Desk) -> BasicsIn:
    with desk.house.inside():
        return basics_of(Config.objects.first())


def _pipelines(desk: Desk) -> PipelinesIn:
    with desk.house.inside():
        return pipelines_of(Config.objects.first())


def test_a_company_manager_sets_thresholds_hours_and_closed_days(desk: Desk) -> None:
    client = desk.browser(desk.boss)
    sent = _open(client, "/settings/basics")
    assert (sent["rows-0-kind"], sent["rows-0-late_seconds"]) == ("lead", "10")
    del sent["always"]
    sent |= {
        "rows-0-late_seconds": "7.5", "rows-0-phone_seconds": "", "hours_1": "09:00–13:00, 15:00–19:00",
        "closed": "2027-01-01\n2026-12-25", "rows-1-kind": "case", "rows-1-status": "working",
    }  # fmt: skip
    answer = client.post("/settings/basics/save", sent)
    assert answer.status_code == 302, answer.content.decode()
    found = _basics(desk)
    first, second = found.thresholds
    assert (first.late_seconds, first.phone_seconds, first.target_seconds) == (450, None, 300)
    assert (second.kind, second.status, second.late_seconds, second.task) == ("case", "working", None, True)
    assert found.hours is not None and [(each.start, each.until) for each in found.hours] == [
        ("09:00", "13:00"), ("15:00", "19:00")
    ]  # fmt: skip
    assert [day.isoformat() for day in found.closed] == ["2026-12-25", "2027-01-01"]
    assert _open(client, "/settings/basics")["rows-0-late_seconds"] == "7.5"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"rows-0-late_seconds": "2"}, "late_seconds must not be less"),
        ({"hours_1": "nine to five"}, "Write times as"),
        ({"closed": "Christmas"}, "Write each day as"), ({"rows-0-status": "No Code"}, "rows-0-status"),
        ({"rows-0-target_seconds": "-1"}, "rows-0-target_seconds"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_told_and_nothing_is_saved(desk: Desk, wrong: dict[str, str], said: str) -> None:
    client, before = desk.browser(desk.boss), _basics(desk)
    sent = {**_open(client, "/settings/basics"), **wrong}
    sent.pop("always")
    answer = client.post("/settings/basics/save", sent)
    assert answer.status_code == 422 and said in answer.content.decode()
    assert _basics(desk) == before


def test_what_would_change_is_counted_and_not_saved(desk: Desk) -> None:
    since = clock() - timedelta(minutes=6)
    desk.lead(basics_since=since, unanswered_since=since)
    client, before = desk.browser(desk.boss), _basics(desk)
    sent = {**_open(client, "/settings/basics"), "rows-0-late_seconds": "5", "preview": "1"}
    page = client.post("/settings/basics/save", sent).content.decode()
    assert "Of the newest 1 open contact, 1 would need attention; now 0 do." in page
    assert _basics(desk) == before


def test_somebody_who_was_slower_is_told_and_overwrites_nothing(desk: Desk) -> None:
    client = desk.browser(desk.boss)
    sent = _open(client, "/settings/basics")
    with desk.house.inside():
        save_basics(basics=BasicsIn(zone="Asia/Tokyo"), actor=BOSS)
    assert client.post("/settings/basics/save", sent).status_code == 409
    assert _basics(desk).zone == "Asia/Tokyo"


def test_others_read_and_do_not_save(desk: Desk) -> None:
    manager = new_person(desk.house.id, Role.AGENT_MANAGER)
    client = desk.browser(manager)
    page = client.get("/settings/basics").content.decode()
    assert "Only company managers change them." in page and 'name="preview"' not in page
    for path in ("basics", "statuses"):
        assert (
            client.post(f"/settings/{path}/save", {"kind": "lead"}, headers={"HX-Request": "true"}).status_code == 403
        )
        assert desk.browser(desk.agent).get(f"/settings/{path}").status_code == 403
    assert "/settings" not in desk.browser(desk.agent).get("/contacts").content.decode()


def _save(client: Client, **changed: str) -> Any:
    return client.post("/settings/statuses/save", {**_open(client, "/settings/statuses?kind=lead"), **changed})


def test_statuses_are_named_added_and_put_in_order(desk: Desk) -> None:
    client = desk.browser(desk.boss)
    added = {"rows-5-place": "2", "rows-5-code": "visited", "rows-5-es": "Visitado", "rows-1-place": "3"}
    assert _save(client, **added, **{"rows-3-DELETE": "on"}).status_code == 302
    codes = [stage.code for stage in _pipelines(desk).of("lead")]
    assert codes == ["evaluate", "visited", "working", "qualified", "under_contract"]
    assert [stage.code for stage in _pipelines(desk).of("case")] == ["evaluate", "working", "waiting", "solved"]
    desk.lead(status="visited")
    assert "Visitado" in desk.browser(desk.boss, "es").get("/contacts?view=all").content.decode()


def test_evaluate_stays_first_and_codes_are_unlike_each_other(desk: Desk) -> None:
    client = desk.browser(desk.boss)
    for wrong in ({"rows-0-DELETE": "on"}, {"rows-1-code": "evaluate"}, {"rows-1-code": "No Code"}):
        assert _save(client, **wrong).status_code == 422, wrong
    assert _pipelines(desk) == PipelinesIn()


def test_whoever_stands_in_a_status_that_goes_away_is_counted_first(desk: Desk) -> None:
    desk.lead(status="nurture")
    page = _save(desk.browser(desk.boss), **{"rows-3-DELETE": "on", "preview": "1"}).content.decode()
    assert "1 open contact stands in “nurture”" in page and _pipelines(desk) == PipelinesIn()
