"""Keys of people, teams, roles and campaigns, made from their names where nobody writes one."""

from itertools import count

from django.utils.text import slugify

from rightaway.ledger.models import Subject


def plain_key(name: str) -> str:
    """The key that a name makes, whether or not it is taken; empty where it has no letters."""
    return slugify(name)[:150]


def free_key(model: type[Subject], name: str) -> str:
    """`ana-nunez`, or `ana-nunez-2` where that is taken. Under the lock of the configuration it stays free."""
    plain = plain_key(name) or str(model._meta.model_name)
    taken = set(model.objects.filter(key__startswith=plain).values_list("key", flat=True))
    return next(key for n in count(1) if (key := plain if n == 1 else f"{plain}-{n}") not in taken)
