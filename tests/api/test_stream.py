"""The live stream: hints of what one may see, and an end when one may no longer."""

import asyncio
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, connections
from tests.calling import Api, Person, new_key, new_person
from tests.making import House

from rightaway.accounts.actor import SYSTEM, Actor
from rightaway.accounts.models import Membership
from rightaway.accounts.roles import Role
from rightaway.api import stream
from rightaway.ledger.hot import _numbered
from rightaway.ledger.tenancy import organisation
from rightaway.notify.relay import relay_outbox
from rightaway.work import audience
from rightaway.work.actions.depart import depart_due
from rightaway.work.actions.leave import leave
from rightaway.work.models import Campaign, CampaignMember, Item

_PATIENCE = 20  # seconds


class Listening:
    """One open stream, driven as an ASGI server drives it."""

    def __init__(self, api: Api, method: str = "GET") -> None:
        headers = [(name.lower().encode(), value.encode()) for name, value in api.headers.items()]
        self.scope = {"type": "http", "method": method, "path": "/api/v1/stream", "headers": headers}
        self.sent: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.gone = asyncio.Event()
        self.task = asyncio.create_task(stream.application(self.scope, self._receive, self._send))

    async def _receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        await self.sent.put(message)

    async def start(self) -> int:
        message = await asyncio.wait_for(self.sent.get(), _PATIENCE)
        return int(message["status"])

    async def hints(self, kind: str = "item") -> list[list[str]]:
        """The next hints of things of this kind."""
        while True:
            message = await asyncio.wait_for(self.sent.get(), _PATIENCE)
            body = message["body"].decode()
            if body.startswith("event: hints"):
                found = [hint for hint in json.loads(body.split("data: ")[1]) if hint[0] == kind]
                if found:
                    return found

    async def until(self, text: str) -> None:
        while text not in (await asyncio.wait_for(self.sent.get(), _PATIENCE))["body"].decode():
            pass

    async def stop(self) -> None:
        self.gone.set()
        await asyncio.wait_for(self.task, _PATIENCE)


@pytest.fixture(autouse=True)
def _own_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "_hub", stream.Hub())


def run(test: Callable[[], Any]) -> None:
    async def all_of_it() -> None:
        try:
            await test()
        finally:
            task = stream._hub._listening
            if task is not None:
                task.cancel()

    asyncio.run(all_of_it())


async def in_thread(function: Callable[..., Any], *arguments: Any) -> Any:
    def call() -> Any:
        try:
            return function(*arguments)
        finally:
            connections.close_all()

    return await asyncio.to_thread(call)


def lead_for(org: int, api: Api, owner: Person | None = None, **fields: Any) -> UUID:
    """A new item, owned by somebody if named; its hints are told."""
    item_id = UUID(api.lead(**fields).json()["item_id"])
    if owner is not None:
        answer = api.post(f"/items/{item_id}/assign", {"agent_id": str(owner.agent_id)})
        assert answer.status_code == 200, answer.content
    relay_outbox(org)
    return item_id


def test_a_manager_hears_of_every_item_and_an_agent_of_their_own(api: Api, org: int) -> None:
    eva, luis = new_person(org), new_person(org)

    async def listen() -> None:
        boss, hers, his = Listening(api), Listening(eva.api), Listening(luis.api)
        for each in (boss, hers, his):
            assert await each.start() == 200
        await boss.until("resync")
        theirs = await in_thread(lead_for, org, api, eva)
        assert str(theirs) in {hint[1] for hint in await boss.hints()}
        assert str(theirs) in {hint[1] for hint in await hers.hints()}
        mine = await in_thread(lead_for, org, api, luis)
        # The first that he hears of is his own: nothing came of hers.
        assert str(theirs) not in {hint[1] for hint in await his.hints()}
        assert mine != theirs
        for each in (boss, hers, his):
            await each.stop()

    run(listen)


def test_of_a_notice_only_its_member_hears(api: Api, org: int) -> None:
    eva, luis, rosa = new_person(org), new_person(org), new_person(org, Role.COMPANY_MANAGER)

    async def listen() -> None:
        hers, his, boss = Listening(eva.api), Listening(luis.api), Listening(rosa.api)
        for each in (hers, his, boss):
            assert await each.start() == 200
        await hers.until("resync")
        await in_thread(lead_for, org, api, eva)
        assert await hers.hints("notice") == [["notice", str(eva.membership_id), "new"]]
        # Whatever they hear up to their own is not hers.
        await in_thread(lead_for, org, api, luis)
        assert await his.hints("notice") == [["notice", str(luis.membership_id), "new"]]
        await in_thread(lead_for, org, api, rosa)
        assert await boss.hints("notice") == [["notice", str(rosa.membership_id), "new"]]
        for each in (hers, his, boss):
            await each.stop()


def test_an_agent_hears_of_what_is_free_until_somebody_has_it(api: Api, org: int) -> None:
    eva, luis, iker = new_person(org), new_person(org), new_person(org)

    async def listen() -> None:
        his = Listening(luis.api)
        assert await his.start() == 200
        await his.until("resync")
        item_id = await in_thread(lead_for, org, api)
        assert {hint[1] for hint in await his.hints("free")} == {str(item_id)}
        await in_thread(eva.api.post, f"/items/{item_id}/claim")
        await in_thread(relay_outbox, org)
        assert {hint[1] for hint in await his.hints("free")} == {str(item_id)}  # gone, and he is told
        await in_thread(api.post, f"/items/{item_id}/assign", {"agent_id": str(iker.agent_id)})
        await in_thread(relay_outbox, org)
        other = await in_thread(lead_for, org, api)
        # What passes between others is none of his: the next that he hears of is free again.
        assert {hint[1] for hint in await his.hints("free")} == {str(other)}
        await his.stop()

    run(listen)


def test_what_is_free_in_a_campaign_is_told_to_its_members(org: int, api: Api) -> None:
    eva, luis = new_person(org), new_person(org)

    def in_campaign() -> str:
        house = House(org)
        with house.inside():
            campaign = Campaign.objects.create(key="c", name="C")
            CampaignMember.objects.create(campaign_id=campaign.id, agent_id=eva.agent_id)
        return str(house.item(campaign_id=campaign.id))

    def heard(person: Person, item_id: str) -> bool:
        with organisation(org, read_only=True):
            hint = ("item", item_id, "item.pooled")
            who = audience.listener(Actor("member", person.membership_id, Role.AGENT, person.agent_id))
            return audience.heard(who, hint, audience.involved([hint])) is not None

    item_id = in_campaign()
    assert heard(eva, item_id)
    assert not heard(luis, item_id)


def test_a_crowd_hears_what_each_of_them_would_hear_alone(org: int) -> None:
    """Whoever is named, leads whom is named, or has another role is not like the rest."""
    house = House(org)
    eva, luis, *rest = (new_person(org) for _ in range(5))
    people = [eva, luis, *rest, *(new_person(org, role) for role in (Role.AGENT_MANAGER, Role.COMPANY_MANAGER))]
    free, owned, offered = (str(house.item("waiting")) for _ in range(3))
    with house.inside():
        Item.objects.filter(id=owned).update(state="assigned", owner=eva.agent_id, due_at=None)
    house.offered(UUID(offered), luis.agent_id)
    hints: list[audience.Hint] = [("item", id, "assigned") for id in (free, owned, offered, str(uuid4()))]
    hints += [("agent", str(rest[0].agent_id), "presence"), ("notice", str(rest[1].membership_id), "new")]
    hints += [("config", str(uuid4()), "published"), ("invitation", str(uuid4()), "made"), ("nothing", "", "")]
    with organisation(org, read_only=True):
        items = audience.involved(hints)
        crowd = audience.Crowd(hints, items)
        told = set()
        for person in people:
            role = Role(Membership.objects.get(id=person.membership_id).role)
            actor = Actor("member", person.membership_id, role, person.agent_id)
            who = audience.listener(actor)
            alone = [found for hint in hints if (found := audience.heard(who, hint, items)) is not None]
            own, free_ones = crowd.heard_by(who)
            assert own == tuple(hint for hint in alone if hint[0] != "free")
            really_free = tuple(hint for hint in alone if hint[0] == "free")
            may_hear = {hint[1] for hint in alone}
            assert bool(free_ones) == bool(really_free)
            assert [hint for hint in free_ones if hint in really_free] == list(really_free)
            assert all(hint[1] in may_hear for hint in free_ones)
            told.add((own, free_ones))
    assert len(told) >= 5


def test_what_is_free_is_told_in_the_same_words_to_whom_it_is_offered_too(org: int) -> None:
    """However many listen, and whoever is offered what: what is free is one message for all of them."""
    house = House(org)
    people = [new_person(org) for _ in range(4)]
    items = [house.item("waiting") for _ in people]
    for person, item in zip(people, items, strict=True):
        house.offered(item, person.agent_id)
    hints = [("item", str(item), "offered") for item in items]
    with organisation(org, read_only=True):
        crowd = audience.Crowd(hints, audience.involved(hints))
        told = [
            crowd.heard_by(audience.listener(Actor("member", person.membership_id, Role.AGENT, person.agent_id)))
            for person in people
        ]
    assert [own for own, _ in told] == [(hint,) for hint in hints]
    assert [free for _, free in told] == [tuple(("free", str(item), "offered") for item in items)] * len(people)
    assert len({id(free) for _, free in told}) == 1


def test_who_is_involved_is_found_by_the_item_however_much_has_ended(org: int) -> None:
    """A hint must not read through everything that anybody ever had."""
    statement, names = _numbered(audience._INVOLVED)
    assert names == ("organisation", "items")
    with organisation(org, read_only=True), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"PREPARE involved AS {statement.decode()}")
        cursor.execute("EXPLAIN EXECUTE involved (%s, %s)", [org, f"{{{uuid4()}}}"])
        plan = "\n".join(row for (row,) in cursor.fetchall())
        cursor.execute("DEALLOCATE involved")
    steps = [step for step in plan.split("->") if " on work_assignment" in step]
    assert len(steps) >= 3, plan
    assert all("Index Cond" in step and "item_id = i.id" in step.split("Filter")[0] for step in steps), plan


def test_nothing_is_heard_of_another_organisation(api: Api, org: int, other_org: int) -> None:
    other = Api(new_key(other_org))

    async def listen() -> None:
        ours, theirs = Listening(api), Listening(other)
        assert await ours.start() == await theirs.start() == 200
        await ours.until("resync")
        foreign = await in_thread(lead_for, other_org, other)
        assert str(foreign) in {hint[1] for hint in await theirs.hints()}
        own = await in_thread(lead_for, org, api)
        assert {hint[1] for hint in await ours.hints()} == {str(own)}
        await ours.stop()
        await theirs.stop()

    run(listen)


def test_without_a_key_there_is_no_stream(org: int) -> None:
    async def listen() -> None:
        assert await Listening(Api(None)).start() == 401
        assert await Listening(Api(f"ra_{org}_" + "x" * 43)).start() == 401
        assert await Listening(Api(None), "POST").start() == 405

    run(listen)


def test_a_revoked_key_ends_its_stream(api: Api, org: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "CHECK_SECONDS", 0.2)
    secret = new_key(org)

    async def listen() -> None:
        listening = Listening(Api(secret))
        assert await listening.start() == 200
        keys = (await in_thread(api.get, "/keys")).json()
        assert (await in_thread(api.post, f"/keys/{keys[0]['id']}/revoke")).status_code == 200
        await asyncio.wait_for(listening.task, 5)

    run(listen)


def test_a_slow_reader_is_told_to_look_again(org: int) -> None:
    async def fall_behind() -> None:
        found = stream.Stream(org, None)  # type: ignore[arg-type]
        for _ in range(1000):
            found.put(b"event: hints\ndata: []\n\n")
        assert found.queue.qsize() <= 64
        first = found.queue.get_nowait()
        assert first.startswith(b"event: resync") or found.queue.qsize() < 64

    asyncio.run(fall_behind())


def test_after_a_restart_everybody_reads_in_their_turn(org: int) -> None:
    """Each is told once, and those who come later, alone, have no one to wait for."""
    keys = [Api(new_key(org)) for _ in range(3)]

    async def after(listening: Listening) -> int:
        while True:
            body = (await asyncio.wait_for(listening.sent.get(), _PATIENCE))["body"].decode()
            if body.startswith("event: resync"):
                return int(json.loads(body.split("data: ")[1])["after"])

    async def listen() -> None:
        all_at_once = [Listening(api) for api in keys]
        for each in all_at_once:
            assert await each.start() == 200
        turns = sorted([await after(each) for each in all_at_once])
        step = round(stream.AGAIN_SECONDS * 1000)
        assert 0 <= turns[0] <= turns[1] <= turns[2] <= 2 * step
        await asyncio.sleep(3 * stream.AGAIN_SECONDS)
        alone = Listening(keys[0])
        assert await alone.start() == 200
        assert await after(alone) == 0
        for each in (*all_at_once, alone):
            await each.stop()

    run(listen)


def test_the_turns_of_many_follow_one_another(org: int) -> None:
    async def restart() -> None:
        hub = stream.Hub()
        told = [json.loads(hub._resync_in_turn().split(b"data: ")[1])["after"] for _ in range(500)]
        assert told == sorted(told)
        assert told[-1] == pytest.approx(499 * stream.AGAIN_SECONDS * 1000, abs=50)

    asyncio.run(restart())


def test_one_key_cannot_take_every_stream(org: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "MOST_EACH", 1)
    api = Api(new_key(org))

    async def listen() -> None:
        first = Listening(api)
        assert await first.start() == 200
        assert await Listening(api).start() == 503
        await first.stop()
        again = Listening(api)
        assert await again.start() == 200
        await again.stop()

    run(listen)


def test_who_lost_an_item_hears_of_it(api: Api, org: int) -> None:
    eva = new_person(org)

    async def listen() -> None:
        item_id = await in_thread(lead_for, org, api, eva)
        hers = Listening(eva.api)
        assert await hers.start() == 200
        await hers.until("resync")
        body = {"to": "pool", "reason": "holiday"}
        answer = await in_thread(api.post, f"/items/{item_id}/revoke", body)
        assert answer.status_code == 200, answer.content
        await in_thread(relay_outbox, org)
        assert [str(item_id), "revoked"] in [hint[1:] for hint in await hers.hints()]
        await hers.stop()

    run(listen)


def test_somebody_who_leaves_hears_nothing_more_at_once(org: int) -> None:
    eva = new_person(org)

    def gone() -> None:
        with organisation(org):
            leave(agent_id=eva.agent_id, actor=SYSTEM, to="routes")
        depart_due(org)
        relay_outbox(org)

    async def listen() -> None:
        hers = Listening(eva.api)
        assert await hers.start() == 200
        await hers.until("resync")
        await in_thread(gone)
        # By itself, long before a stream is looked at in turn.
        await asyncio.wait_for(hers.task, stream.CHECK_SECONDS / 6)

    run(listen)
