"""A masked broadcast: not one byte of the person reaches those who are asked, or who lost, and the winner sees all.

Everything that a browser receives is kept (pages, parts, streams, headers, refusals), and every GET operation of the
API's own description is asked with every id that somebody could know.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote
from uuid import uuid4

from playwright.sync_api import expect

from tests.browser.acting import accept, broadcast, ended, offers

if TYPE_CHECKING:
    from playwright.sync_api import APIResponse, Page, Route

    from tests.browser.world import Maker, Opener, World

# Nothing else in a page looks like these. Two parts each: a search may find by the first, and must not be echoed.
SURNAME, MAILBOX, STREET = "Quexwy", "qzjx.mailbox", "Vrxlqstraat"
PHONE: Final = "+12025550143"
CANARIES: Final = (f"{SURNAME}zorak", f"{MAILBOX}.canary@example.org", "2025550143", f"{STREET} 77", "Hq7Wording")
BODY: Final = {"text": "x", "outcome": "won", "kind": "busy_now", "reason": "x", "status": "working", "to": "pool"}
SEARCHES: Final = (SURNAME, "Quex", "qzjx", "0143", "550143", STREET)


@dataclass
class Ear:
    """Everything that one person's browser received: (from where, what)."""

    told: list[tuple[str, str]] = field(default_factory=list)

    def on(self, page: "Page") -> "Page":
        """Answers pass through here before the page has them; a stream, which never ends, tells by its messages."""
        page.context.route("**/*", self._pass)
        devtools = page.context.new_cdp_session(page)
        devtools.send("Network.enable")
        devtools.on("Network.eventSourceMessageReceived", lambda event: self.told.append(("stream", event["data"])))
        return page

    def keep(self, address: str, answer: "APIResponse") -> None:
        assert answer.status < 500, (address, answer.text())
        self.told.append((address, repr(answer.headers) + answer.url + answer.body().decode("utf-8", "replace")))

    def ask(self, page: "Page", address: str, headers: dict[str, str] | None = None) -> None:
        self.keep(address, page.request.get(address, headers=headers or {}, max_redirects=0))

    def hears(self) -> list[str]:
        """What of the person was received, and from where."""
        return [f"{canary} in {where}" for where, text in self.told for canary in _spellings() if canary in text]

    def _pass(self, route: "Route") -> None:
        if route.request.url.endswith("/api/v1/stream"):
            return route.continue_()
        answer = route.fetch(max_redirects=0)
        self.keep(route.request.url, answer)
        return route.fulfill(response=answer)


def _spellings() -> list[str]:
    """As text, and as addresses and JSON write it."""
    return [spelt for canary in CANARIES for spelt in dict.fromkeys((canary, quote(canary), canary.lower()))]


def operations(world: "World", method: str) -> list[str]:
    """The addresses of the API that take this method, from its own description."""
    paths = world.api("GET", "/openapi.json")["paths"]
    return [path for path, methods in paths.items() if method in methods]


def sweep(page: "Page", ear: Ear, ids: dict[str, str], paths: list[str]) -> None:
    """Everything there is to ask, by page and by API, as the person of this page."""
    item, contact = ids["item_id"], ids["contact_id"]
    for path in paths:
        ear.ask(page, path.format_map(ids))
    for query in ("state=offered", "state=assigned", "source=web", "status=evaluate", "unassigned=true"):
        ear.ask(page, f"/api/v1/items?{query}")
    for text in (*SEARCHES, item, contact):
        ear.ask(page, f"/api/v1/contacts/search?q={quote(text)}")
        ear.ask(page, f"/contacts?q={quote(text)}")
    for path in (
        "/work", "/work/offers", f"/work/offers?seen={ids['offer_id']}", "/work/doing", "/work/side", "/pool",
        f"/pool/rows?seen={item}", f"/pool/{item}/assign", f"/contacts/assign/{item}",
        f"/contacts/{item}", f"/contacts/{contact}", f"/contacts/rows/{item}", f"/contacts/{item}?panel=why",
        *(f"/contacts/{item}/part/{name}" for name in ("head", "assignment", "person", "activity", "why")),
        *(f"/contacts?view={view}" for view in ("evaluate", "unassigned", "priority", "all")),
        "/contacts?sort=name", "/contacts?owner=none", f"/team/agents/{ids['agent_id']}", "/team/agents", "/me",
    ):  # fmt: skip
        ear.ask(page, path)
        ear.ask(page, path, {"HX-Request": "true"})
    for path in ("/work", "/pool", "/contacts?view=all", f"/contacts/{item}"):
        page.goto(path)
        ear.told.append((path, page.title() + page.content()))


def refusals(page: "Page", ear: Ear, ids: dict[str, str], paths: list[str]) -> None:
    """Whatever may not be done is refused without saying about whom."""
    page.goto("/work")
    token = page.evaluate("JSON.parse(document.body.getAttribute('hx-headers:inherited'))['X-CSRFToken']")
    item, offer = ids["item_id"], ids["offer_id"]
    for path in (
        *(f"/contacts/{item}/do/{name}" for name in ("note", "call", "assign", "offer", "revoke", "hand-back", "status",
                                                     "claim", "finish")),
        *(f"/contacts/{name}/{item}" for name in ("assign", "claim", "offer")), f"/contacts/rescind/{offer}",
        f"/pool/{item}/claim", f"/pool/{item}/assign", f"/work/items/{item}/log", f"/work/offers/{offer}/accept",
        f"/work/offers/{offer}/decline",
    ):  # fmt: skip
        headers = {"X-CSRFToken": token, "HX-Request": "true"}
        form: dict[str, str | float | bool] = {
            "text": "x",
            "said": "note",
            "kind": "busy_now",
            "agent": ids["agent_id"],
            "outcome": "won",
        }
        ear.keep(path, page.request.post(path, headers=headers, form=form))
    for path in paths:
        if "{item_id}" in path or "{offer_id}" in path:
            headers = {"X-CSRFToken": token, "Idempotency-Key": str(uuid4())}
            ear.keep(path, page.request.post(path.format_map(ids), headers=headers, data=BODY))


def test_no_byte_of_the_person_before_acceptance_nor_for_the_losers(make_world: "Maker", open_page: "Opener") -> None:
    world = broadcast(make_world)
    ear, winner = Ear(), Ear()
    luis = ear.on(open_page(world, "Luis Cardona", "/nothing/here"))
    ana = winner.on(open_page(world, "Ana Beltrán", "/nothing/here"))
    for each in (luis, ana):
        each.goto("/work")
    made = world.lead(
        name=f"Ilse {CANARIES[0]}", email=CANARIES[1], phone=PHONE, message=f"Call me. {CANARIES[4]}",
        company=f"{CANARIES[0]} & Co.", attributes={"street": CANARIES[3], "notes": CANARIES[4]},
    )  # fmt: skip
    for each in (luis, ana):
        expect(offers(each)).to_have_count(1)
    paths = operations(world, "get")
    assert len(paths) > 15
    lost = _ids(world, luis, made)
    # Before anybody has it: those who are asked.
    sweep(luis, ear, lost, paths)
    sweep(ana, winner, _ids(world, ana, made), paths)
    for each in (luis, ana):
        each.goto("/work")
    assert ear.hears() == [] and winner.hears() == []
    assert "stream" in {where for where, _ in ear.told}
    # Afterwards: the loser, whose page has seen it end, and who asks for everything again, and for what was refused.
    accept(ana)
    ended(ana, "You have it").wait_for()
    ended(luis, "Ana accepted first").wait_for()
    sweep(luis, ear, lost, paths)
    refusals(luis, ear, lost, operations(world, "post"))
    assert ear.hears() == []
    # The winner sees all of it.
    ana.goto(f"/contacts/{made['item_id']}")
    assert CANARIES[0] in ana.request.get(f"/api/v1/contacts/search?q={SURNAME}").text()
    assert {canary for canary in CANARIES if any(canary in text for _, text in winner.told)} == set(CANARIES)
    assert CANARIES[0] in ana.title()
    for each in (luis, ana):
        each.context.unroute_all(behavior="wait")


def _ids(world: "World", page: "Page", made: dict[str, Any]) -> dict[str, str]:
    """Every id that this person could know; whatever else an address names is made up."""
    known = {
        "item_id": made["item_id"], "contact_id": made["contact_id"], "route_id": world.routes[0], "number": "1",
        "offer_id": page.request.get("/api/v1/offers").json()[0]["id"], "key_id": str(uuid4()),
        "agent_id": page.request.get("/api/v1/me").json()["agent"]["id"], "team_id": str(uuid4()),
        "absence_id": str(uuid4()),
    }  # fmt: skip
    return defaultdict(lambda: str(uuid4()), known)
