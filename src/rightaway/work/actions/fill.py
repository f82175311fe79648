"""Fill the functional roles that are due: gather, plan and record, as `route` does for the items themselves.

A role costs no place and counts in no limit, so no agent's counters are touched; turns are the route's own.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from rightaway.accounts.actor import SYSTEM
from rightaway.engine import facts
from rightaway.engine.decisions import Decision as Decided
from rightaway.engine.plan import plan
from rightaway.ledger.clock import clock
from rightaway.ledger.tenancy import current_organisation, organisation
from rightaway.routing.directory import directory
from rightaway.work import change, record, roles, vacancies
from rightaway.work.actions.wake import hold_planner
from rightaway.work.models import Decision, DecisionContext, Item, Offer, OfferGroup, Vacancy
from rightaway.work.snapshot import position_of, read_live

BATCH = 200


def fill_due(organisation_id: int, *, limit: int = BATCH) -> int:
    """Decides about up to `limit` roles that are due, longest due first, in a transaction of its own. Returns how many
    it looked at; none while another planner has this organisation, or somebody changes its configuration."""
    with organisation(organisation_id):
        if not Vacancy.objects.filter(due_at__lte=clock()).exists():
            return 0
        if not hold_planner() or not roles.hold_still(wait=False):
            return 0
        now = clock()
        due = list(Vacancy.objects.filter(due_at__lte=now).order_by("due_at", "id")[:limit])
        if not due:
            return 0
        locked = Item.objects.select_for_update(no_key=True, skip_locked=True)
        items = {item.id: item for item in locked.filter(id__in={row.item_id for row in due}).order_by("id")}
        # Read again: what ended before we had the lock of its item is not there any more.
        rows = Vacancy.objects.filter(id__in=[row.id for row in due], item__in=items, due_at__lte=now)
        ordered = sorted(rows, key=lambda row: (-items[row.item_id].band, row.made_at, row.id))
        wanted = _wanted(ordered, items)
        Vacancy.objects.filter(id__in={row.id for row in ordered} - {row.id for row in wanted}).delete()
        _fill(wanted, items, now)
        return len(ordered)


def _wanted(rows: Iterable[Vacancy], items: dict[UUID, Item]) -> list[Vacancy]:
    """Those for which somebody still is to hold the role: the item is open, the role not retired, and nobody has it."""
    known, held = {role.id: role for role in roles.in_order()}, roles.holding(items)
    return [
        row
        for row in rows
        if (item := items[row.item_id]).state != "closed"
        and row.role_id in known
        and roles.is_for(known[row.role_id], item.kind)
        and row.role_id not in held.get(item.id, {})
    ]


def _fill(wanted: Sequence[Vacancy], items: dict[UUID, Item], now: datetime) -> None:
    if not wanted:
        return
    known = directory()
    position = position_of(known)
    made = _offers(wanted)
    due = [_as_fact(row, items[row.item_id], made.get((row.item_id, row.role_id), []), position) for row in wanted]
    connection.ensure_connection()
    live = read_live(connection.connection, known, due, organisation_id=current_organisation(), now=now)
    found = plan(facts.Snapshot(now=now, directory=known, live=live, items=due))
    writer = _Writer(known, now)
    for row, decision in zip(wanted, found.decisions, strict=True):
        writer.write(decision, row, items[row.item_id], made.get((row.item_id, row.role_id), []))
    record.write_turns(writer.turns, found, live, known)


def _offers(wanted: Iterable[Vacancy]) -> dict[tuple[UUID, UUID], list[Offer]]:
    """The routes' offers of each role since its search began."""
    began = {(row.item_id, row.role_id): row.made_at for row in wanted}
    found: dict[tuple[UUID, UUID], list[Offer]] = {}
    rows = Offer.objects.filter(item__in={item for item, _role in began}, role_id__in={role for _item, role in began})
    for offer in rows.filter(sender_id=None).order_by("id"):
        key = offer.item_id, offer.role_id
        if key in began and offer.made_at >= began[key]:
            found.setdefault(key, []).append(offer)
    return found


def _as_fact(row: Vacancy, item: Item, made: Iterable[Offer], position: dict[UUID, int]) -> facts.Item:
    """Who declined is not asked again, who missed it is asked last."""
    bits = Counter[str]()
    open_offers = [offer for offer in made if offer.state == "open"]
    for offer in made:
        bits[offer.state] |= 1 << position[offer.agent_id]
    return facts.Item(
        id=item.id, kind=item.kind, status=item.status, source=item.source, line=item.line, language=item.language,
        band=item.band, enquiries=item.enquiries, answered=item.unanswered_since is None,
        state="offered" if open_offers else "waiting", arrived=item.unanswered_since or item.created_at,
        attributes=item.attributes, excluded=bits["declined"], asked=bits["expired"], holding=bits["open"],
        tries=row.tries, wave=row.wave, passed=frozenset(map(UUID, row.passed)),
        route=open_offers[0].route_id if open_offers else None,
        deadline=open_offers[0].expires_at if open_offers else None, waits_on=row.waits_on, role=row.role_id,
    )  # fmt: skip


class _Writer:
    """Makes decisions durable, one by one; `turns` gathers what they cost in the rotations."""

    def __init__(self, known: facts.Directory, now: datetime) -> None:
        self.known, self.now = known, now
        self.routes = {route.id: route for route in known.routes}
        self.turns: Counter[tuple[UUID, int, int]] = Counter()

    def write(self, decision: Decided, row: Vacancy, item: Item, made: Sequence[Offer]) -> None:
        agents = [self.known.agents[position].id for position in decision.chosen]
        if decision.turn and decision.route is not None:
            self.turns[decision.route, item.band, decision.chosen[0]] += 1
        if decision.act == "assign":
            roles.begin(
                item, row.role_id, agents[0], how="automatic", at=self.now, route_id=decision.route, turn=decision.turn
            )
            self._note(decision, row, item, event="role_assigned", agent=agents[0], route=decision.route, rescinded=[])
        elif decision.act in ("offer", "broadcast"):
            self._hold_out(decision, row, item, agents, made)
        elif decision.act == "wait":
            self._keep(decision, row, waits_on=decision.route)
            self._note(decision, row, item, event="role_waits", cause=decision.cause)
        elif decision.act == "leave":
            self._keep(decision, row)
        else:  # nobody takes it, or no route is for it: a person may give it to somebody all the same
            vacancies.end(item, row.role_id)
            if decision.cause != "no_route":
                self._note(decision, row, item, event="role_unfilled", cause=decision.cause)

    def _hold_out(
        self, decision: Decided, row: Vacancy, item: Item, agents: Sequence[UUID], made: Sequence[Offer]
    ) -> None:
        assert decision.route is not None and decision.until is not None
        group_id, wave = next((offer.group_id for offer in made if offer.state == "open"), None), row.wave
        if decision.act == "broadcast":
            wave += 1
            group_id = group_id or OfferGroup.objects.create(item_id=item.id, places=1, made_at=self.now).id
        rows = [
            Offer(
                item_id=item.id, group_id=group_id, agent_id=agent_id, role_id=row.role_id, route_id=decision.route,
                band=item.band, wave=wave, turn=decision.turn, masked=self.routes[decision.route].masked,
                made_at=self.now, expires_at=decision.until,
            )
            for agent_id in agents
        ]  # fmt: skip
        Offer.objects.bulk_create(rows)
        self._keep(decision, row, wave=wave, waits_on=None)
        named = sorted([each.id, each.agent_id] for each in rows)
        self._note(decision, row, item, event="offered", offers=named, route=decision.route)

    def _keep(self, decision: Decided, row: Vacancy, **columns: Any) -> None:
        passed = sorted(map(str, decision.passed))
        if passed != sorted(row.passed):
            columns["tries"] = 0  # another route: its tries are counted anew
        Vacancy.objects.filter(id=row.id).update(due_at=decision.again, passed=passed, **columns)

    def _note(self, decision: Decided, row: Vacancy, item: Item, *, event: str, **body: Any) -> None:
        """The event, and the decision behind it."""
        change.note(item, actor=SYSTEM, at=self.now, event=event, body={"role": row.role_id, **body})
        context = decision.context
        shared = [*decision.more, context] if context else decision.more
        DecisionContext.objects.bulk_create(
            (DecisionContext(hash=each.hash, body=each.text) for each in shared), ignore_conflicts=True
        )
        Decision.objects.create(
            item_id=item.id, role_id=row.role_id, seq=item.event_seq, at=self.now, version=self.known.version,
            context_hash=context.hash if context else None, body=decision.body,
        )  # fmt: skip
