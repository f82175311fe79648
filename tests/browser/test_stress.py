"""The same day when things go wrong around it: lines, servers, clocks, sleep, tabs. The page says so, then is right."""

import re
import time
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.browser.acting import WORDS, accept, broadcast, ended, offers, row, stay, stayed, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page, Route

    from tests.browser.world import Maker, Opener, World

CUT_SECONDS = 30
# The stream stays open and is silent, as after a sleep: whatever it would tell is lost.
DEAF = """
window.EventSource = class extends EventSource {
    addEventListener(name, heard) {
        super.addEventListener(name, (event) => window.deaf === this || window.deaf === 'all' || heard(event));
        (window.streams ??= new Set()).add(this);
    }
};
"""
HIDES = """
Object.defineProperty(document, 'hidden', { get: () => Boolean(window.away) });
Object.defineProperty(document, 'visibilityState', { get: () => (window.away ? 'hidden' : 'visible') });
"""


def wrong_clock(hours: int) -> str:
    """A machine whose clock is wrong by so much, from before the page's first script."""
    return f"""
    const Right = Date;
    const off = {hours} * 3600_000;
    window.Date = class extends Right {{
        constructor(...given) {{ given.length ? super(...given) : super(Right.now() + off); }}
        static now() {{ return Right.now() + off; }}
    }};
    """


@pytest.fixture
def world(make_world: "Maker") -> "World":
    return broadcast(make_world)


def prepared(open_page: "Opener", world: "World", name: str, script: str) -> "Page":
    """Somebody's My work in which this script ran before the page's own."""
    page = open_page(world, name, "/nothing/here")
    page.context.add_init_script(script)
    page.goto("/work")
    return page


def my_offer(page: "Page") -> dict[str, Any]:
    found: dict[str, Any] = page.request.get("/api/v1/offers").json()[0]
    return found


def deadline(page: "Page") -> float:
    """When this person's offer ends, in seconds of this machine, which is the server's."""
    return datetime.fromisoformat(my_offer(page)["expires_at"]).timestamp()


def seconds_shown(page: "Page") -> int:
    minutes, seconds = offers(page).first.locator("[data-left]").first.inner_text().split(":")
    return 60 * int(minutes) + int(seconds)


def test_a_line_cut_for_thirty_seconds(world: "World", open_page: "Opener") -> None:
    ana, luis = (open_page(world, name, "/work") for name in ("Ana Beltrán", "Luis Cardona"))
    tom = open_page(world, "Tom Weaver", "/contacts?view=all", language="es")
    taken = world.lead(name="Taken Meanwhile")["item_id"]
    tom.reload()
    for each in (ana, luis):
        expect(offers(each)).to_have_count(1)
    old = my_offer(ana)["id"]
    for each in (ana, tom):
        stay(each)
        each.context.set_offline(True)
    cut_at = time.monotonic()
    for each, language in ((ana, "en"), (tom, "es")):
        tag = each.locator(".live-tag [data-when=reconnecting]", has_text=WORDS[language]["reconnecting"])
        expect(tag).to_be_visible(timeout=15_000)
        expect(each.locator("[data-offline]")).to_contain_text(WORDS[language]["cut"])
    before = seconds_shown(ana)
    accept(luis)
    ended(luis, "You have it").wait_for()
    new = world.lead(name="New Meanwhile", phone="+12025550177")["item_id"]
    expect(offers(luis)).to_have_count(1)
    ana.wait_for_timeout(max(0, CUT_SECONDS - (time.monotonic() - cut_at)) * 1000)
    assert seconds_shown(ana) < before - 15  # it goes on by the server's time
    for each in (ana, tom):
        each.context.set_offline(False)
    expect(ana.locator("html[data-live-state=live]")).to_have_count(1, timeout=15_000)
    expect(ana.locator(f"#offer-{old}")).to_have_count(0)
    expect(offers(ana)).to_have_count(1)
    assert my_offer(ana)["item"]["id"] == new
    expect(row(tom, taken).locator(".col-owner")).to_contain_text("Luis Cardona", timeout=15_000)
    assert stayed(ana) and stayed(tom)
    accept(ana)
    ended(ana, "You have it").wait_for()


def test_the_server_is_restarted_while_an_offer_is_open(world: "World", open_page: "Opener") -> None:
    ana, luis = open_page(world, "Ana Beltrán", "/work"), open_page(world, "Luis Cardona", "/work")
    item = world.lead()["item_id"]
    expect(offers(ana)).to_have_count(1)
    stay(ana)
    world.stack.end("web")
    accept(ana)
    expect(ana.locator(".toast.bad")).to_contain_text("Nothing was changed")
    expect(offers(ana)).to_have_count(1)
    world.stack.launch("web")
    world.stack.wait_until(world.stack.answers)
    assert world.api("GET", f"/items/{item}")["state"] == "offered"
    accept(ana)
    ended(ana, "You have it").wait_for()
    expect(offers(luis)).to_have_count(0, timeout=30_000)
    expect(luis.locator("html[data-live-state=live]")).to_have_count(1)
    assert stayed(ana)


def test_the_other_tab_of_the_same_person_tells_it_too(world: "World", open_page: "Opener") -> None:
    first = open_page(world, "Ana Beltrán", "/work")
    second = first.context.new_page()
    second.goto("/work")
    item = world.lead(name="Tomás Herrera")["item_id"]
    for each in (first, second):
        expect(offers(each)).to_have_count(1)
        stay(each)
    accept(second)
    for each in (second, first):
        ended(each, "You have it").wait_for()
        expect(each.locator(f"#doing-{item}")).to_contain_text("Tomás Herrera")
        assert stayed(each)


@pytest.mark.parametrize("hours", [1, -1])
def test_a_clock_that_is_an_hour_wrong_changes_nothing(hours: int, make_world: "Maker", open_page: "Opener") -> None:
    world = broadcast(make_world, offer_seconds=12)
    ana = prepared(open_page, world, "Ana Beltrán", wrong_clock(hours))
    assert abs(ana.evaluate("Date.now()") / 1000 - time.time() - 3600 * hours) < 60
    world.lead(name="To Accept")
    expect(offers(ana)).to_have_count(1)
    assert abs(deadline(ana) - time.time() - seconds_shown(ana)) < 2
    accept(ana)
    ended(ana, "You have it").wait_for()
    waits = ana.locator(".doing-why time, .doing-why [data-since]").first.inner_text()
    assert waits.endswith(" s"), waits
    world.lead(name="To Expire", phone="+12025550188")
    expect(offers(ana)).to_have_count(1)
    ends_at = deadline(ana)
    ended(ana, "Expired").wait_for(timeout=20_000)
    assert -1 < time.time() - ends_at < 4


def test_accepting_at_the_deadline_is_refused_in_words(make_world: "Maker", open_page: "Opener") -> None:
    world = broadcast(make_world, offer_seconds=5)
    ana = open_page(world, "Ana Beltrán", "/work")
    item = world.lead(name="Tomás Herrera")["item_id"]
    expect(offers(ana)).to_have_count(1)
    ends_at = deadline(ana)
    # As in the moment before the page hears of it: the card still stands there.
    ana.route("**/work/offers?*", lambda route: route.abort())
    offers(ana).first.focus()
    ana.wait_for_timeout(max(0.0, ends_at - time.time()) * 1000 + 1)
    ana.keyboard.press("a")
    ended(ana, "Expired. It went on to the next person").wait_for(timeout=3_000)
    told = ana.locator("#polite, #assertive")
    expect(told.filter(has_text="Expired")).to_have_count(1)
    owner = world.api("GET", f"/items/{item}")["owner_id"]
    assert owner is None


def test_a_page_that_was_frozen_wakes_to_the_truth(world: "World", open_page: "Opener") -> None:
    ana, luis = open_page(world, "Ana Beltrán", "/work"), open_page(world, "Luis Cardona", "/work")
    world.lead(name="Gone Meanwhile")
    expect(offers(ana)).to_have_count(1)
    stay(ana)
    devtools = ana.context.new_cdp_session(ana)
    devtools.send("Page.setWebLifecycleState", {"state": "frozen"})
    accept(luis)
    ended(luis, "You have it").wait_for()
    world.stack.end("web")
    world.stack.launch("web")
    world.stack.wait_until(world.stack.answers)
    devtools.send("Page.setWebLifecycleState", {"state": "active"})
    expect(offers(ana)).to_have_count(0, timeout=15_000)
    assert stayed(ana)


def test_after_a_laptop_s_sleep_a_dead_stream_is_noticed_at_once(world: "World", open_page: "Opener") -> None:
    """The monotonic clock stands still during a sleep, so the stream does not look silent for long."""
    ana = prepared(open_page, world, "Ana Beltrán", DEAF)
    luis = open_page(world, "Luis Cardona", "/work")
    world.lead(name="Gone Meanwhile")
    for each in (ana, luis):
        expect(offers(each)).to_have_count(1)
    stay(ana)
    ana.evaluate("window.deaf = [...streams].at(-1)")
    accept(luis)
    ended(luis, "You have it").wait_for()
    ana.wait_for_timeout(2_000)
    assert offers(ana).count() == 1  # it knows nothing yet
    ana.evaluate("(() => { const now = Date.now; Date.now = () => now.call(Date) + 600_000; })()")
    ana.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(offers(ana)).to_have_count(0, timeout=4_000)
    assert stayed(ana)


def test_a_hidden_tab_shows_an_offer_in_its_title(world: "World", open_page: "Opener") -> None:
    ana = prepared(open_page, world, "Ana Beltrán", HIDES)
    ana.evaluate("window.away = true; document.dispatchEvent(new Event('visibilitychange'))")
    read: list[str] = []
    ana.on("request", lambda request: read.append(request.url))
    world.lead()
    expect(ana).to_have_title("(1) My work · rightaway")
    assert not any("side" in each for each in read)  # the rest waits until somebody looks
    ana.evaluate("window.away = false; document.dispatchEvent(new Event('visibilitychange'))")
    expect(offers(ana)).to_have_count(1)
    assert abs(deadline(ana) - time.time() - seconds_shown(ana)) < 2


def read_twice(page: "Page", address: str, parts: list[str], act: "Callable[[], Any]") -> list[str]:
    """What the page asks for when its first reading of these parts, after `act`, fails: all of them once more."""

    def of_all(url: str) -> bool:
        return f"{address}?" in url and all(quote(part, safe="") in url for part in parts)

    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.method == "GET" else None)
    page.route(of_all, lambda route: route.fulfill(status=503), times=1)
    # On a busy server what can wait comes up to eight times later.
    with page.expect_response(lambda answer: of_all(answer.url) and answer.ok, timeout=60_000):
        with page.expect_response(lambda answer: of_all(answer.url)) as failed:
            act()
        assert failed.value.status == 503
    return asked


def test_parts_that_can_wait_are_read_in_one_request(world: "World", open_page: "Opener") -> None:
    """And all of them again when it failed."""
    page = open_page(world, "Ana Beltrán", "/work")
    page.wait_for_timeout(5_000)  # each has had its turn: read by 1.6 s, and again 3 s later at the earliest
    received = page.locator("#side div", has=page.get_by_text("Offers received")).locator("dd").last
    expect(received).to_have_text("0")
    asked = read_twice(page, "/frame/together", ["/work/side", "/frame/presence"], world.lead)
    expect(received).to_have_text("1")
    assert not any("/work/side?" in each or each.endswith(("/work/side", "/frame/presence")) for each in asked)


def test_parts_that_share_a_request_are_read_in_one(world: "World", open_page: "Opener") -> None:
    """And all of them again when it failed; how her offer ended is told too."""
    page = open_page(world, "Ana Beltrán", "/work")
    page.wait_for_timeout(1_500)  # each has had its turn
    item, ana = world.lead()["item_id"], world.people["Ana Beltrán"]["agent_id"]
    expect(offers(page)).to_have_count(1)
    assign = partial(world.api, "POST", f"/items/{item}/assign", {"agent_id": ana, "note": ""})
    asked = read_twice(page, "/frame/shared", ["/work/offers", "/work/doing"], assign)
    expect(page.locator(f"#doing-{item}")).to_be_visible()
    assert all("seen=" in each for each in asked if "/frame/shared?" in each)


def test_what_is_assigned_is_not_looked_for_among_the_offers(make_world: "Maker", open_page: "Opener") -> None:
    world = make_world(routes=[{"agents": ["Ana Beltrán"], "strategy": "load_balanced", "act": "assign"}])
    page = open_page(world, "Ana Beltrán", "/work")
    page.wait_for_timeout(1_500)  # each has had its turn
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    free = page.locator("#offers-none")
    before = free.inner_text()
    item = world.lead()["item_id"]
    expect(page.locator(f"#doing-{item}")).to_be_visible()
    expect(free).not_to_have_text(before)  # a place fewer is free
    assert not any(re.search("work(/|%2F)offers", each) for each in asked)


def test_an_offer_that_ends_while_it_is_read_goes(world: "World", open_page: "Opener") -> None:
    """What became of it is told before the page knows which item it is about."""
    page = open_page(world, "Ana Beltrán", "/work")
    page.wait_for_timeout(1_500)  # each has had its turn
    page.evaluate("document.addEventListener('live:hints', (event) => { window.told = event.detail.hints.flat(); })")
    answers: list[Callable[[], None]] = []

    def late(route: "Route") -> None:
        answer = route.fetch()
        answers.append(partial(route.fulfill, response=answer))

    page.route(re.compile("work(/|%2F)offers"), late, times=1)
    item = world.lead()["item_id"]
    end = time.monotonic() + 20
    while not answers and time.monotonic() < end:
        page.wait_for_timeout(50)
    world.api("POST", f"/items/{item}/assign", {"agent_id": world.people["Luis Cardona"]["agent_id"], "note": ""})
    until(page, "window.told?.includes('assigned') ?? false")
    with page.expect_request(re.compile("work(/|%2F)offers")):
        answers[0]()
    expect(offers(page)).to_have_count(0)
