"""What a change of the settings would do to the contacts as they are. It writes nothing."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from django.db.models import Count

from rightaway.engine.basics import turns_bad
from rightaway.ledger.clock import clock
from rightaway.routing.basics_schema import BasicsIn
from rightaway.work.basics import work_of
from rightaway.work.models import Item

LOOKED_AT: Final = 5_000


@dataclass(frozen=True, slots=True)
class Effect:
    """How many of the newest open contacts need attention: now, and by the other thresholds."""

    looked_at: int
    before: int
    after: int


def effect_of(wanted: BasicsIn) -> Effect:
    """Counts the newest open contacts."""
    now, rules = clock(), wanted.rules()
    items = list(Item.objects.filter(front=True).exclude(state="closed").order_by("-id")[:LOOKED_AT])
    before = sum(item.attention_at is not None and item.attention_at <= now for item in items)
    turned = (turns_bad(work_of(item), rules).attention for item in items)
    return Effect(len(items), before, sum(at is not None and at <= now for at in turned))


def standing_elsewhere(kind: str, codes: Collection[str]) -> dict[str, int]:
    """How many open items of this kind stand in each status that is none of these."""
    items = Item.objects.filter(kind=kind).exclude(state="closed").exclude(status__in=codes)
    return dict(items.values_list("status").annotate(n=Count("id")).order_by("-n", "status"))
