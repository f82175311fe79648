"""API keys: `ra_<organisation id>_<43 url-safe characters>`. Only the sha256 of a key is kept."""

import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from rightaway.accounts.actor import EVERYWHERE, Actor
from rightaway.accounts.models import ApiKey, Membership
from rightaway.accounts.roles import ALLOWED
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Invalid, NotAllowed, NotFound
from rightaway.ledger.events import Change, append
from rightaway.ledger.tenancy import current_organisation

_FORM = re.compile(r"ra_([1-9][0-9]{0,4})_[A-Za-z0-9_-]{43}")
_MOST_ORGANISATIONS = 32_767  # ids are smallint

SCOPES = frozenset({"*", *ALLOWED, *(f"{action.split('.')[0]}.*" for action in ALLOWED)})


@dataclass(frozen=True, slots=True)
class Made:
    """A new key. `secret` is shown once and kept nowhere."""

    id: UUID
    secret: str


def organisation_of(secret: str) -> int | None:
    """The organisation that a key names, or None when this cannot be a key."""
    found = _FORM.fullmatch(secret)
    if found is None or int(found[1]) > _MOST_ORGANISATIONS:
        return None
    return int(found[1])


def digest(secret: str) -> bytes:
    # The secret has 256 random bits: a slow hash would only slow us down.
    return hashlib.sha256(secret.encode()).digest()


def make_key(*, name: str, scopes: Iterable[str], actor: Actor, membership_id: UUID | None = None) -> Made:
    """Makes a key that may do what `scopes` name, as the member when there is one. Runs inside `organisation(…)`.

    Raises Invalid (unknown scope), NotFound (no such member), NotAllowed (also for a scope that the actor lacks).
    """
    _require(actor)
    wanted = sorted(set(scopes))
    unknown = [scope for scope in wanted if scope not in SCOPES]
    if unknown or not wanted:
        raise Invalid(
            errors=[{"pointer": "/scopes", "detail": f"unknown: {', '.join(unknown)}" if unknown else "empty"}]
        )
    if actor.scopes is not None and not all(_covers(actor, scope) for scope in wanted):
        raise NotAllowed(action="keys.manage")
    if membership_id is not None and not Membership.objects.filter(id=membership_id, active=True).exists():
        raise NotFound
    secret = f"ra_{current_organisation()}_{secrets.token_urlsafe(32)}"
    key = ApiKey.objects.create(name=name, hash=digest(secret), scopes=wanted, membership_id=membership_id)
    body = {"scopes": wanted, "membership": membership_id, **actor.as_event()}
    append(key, clock(), [Change("key_made", body)])
    return Made(id=key.id, secret=secret)


def revoke_key(*, key_id: UUID, actor: Actor) -> ApiKey:
    """Stops a key for good; once revoked, nothing changes any more. Raises NotFound, NotAllowed."""
    _require(actor)
    key: ApiKey | None = ApiKey.objects.select_for_update(no_key=True).filter(id=key_id).first()
    if key is None:
        raise NotFound
    if key.revoked_at is None:
        key.revoked_at = clock()
        ApiKey.objects.filter(id=key.id).update(revoked_at=key.revoked_at)
        append(key, key.revoked_at, [Change("key_revoked", actor.as_event())])
    return key


def _require(actor: Actor) -> None:
    if not actor.may("keys.manage", EVERYWHERE):
        raise NotAllowed(action="keys.manage")


def _covers(actor: Actor, scope: str) -> bool:
    """Whether a key may pass this scope on: nobody gives away more than they have."""
    assert actor.scopes is not None
    if "*" in actor.scopes or scope in actor.scopes:
        return True
    return scope != "*" and f"{scope.split('.')[0]}.*" in actor.scopes
