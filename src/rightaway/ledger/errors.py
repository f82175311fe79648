"""The one error tree. The class's docstring is its title; each door translates it once.

`slug` names the problem type (`/problems/<slug>`), `status` its HTTP status. A parameter given to the
constructor is part of the message and of the machine-readable answer; it must be safe for the caller to see.
"""

from typing import ClassVar


class RightawayError(Exception):
    """Something went wrong."""

    slug: ClassVar[str] = "internal"
    status: ClassVar[int] = 500

    def __init__(self, detail: str = "", **parameters: object) -> None:
        super().__init__(detail or self.title())
        self.detail = detail
        self.parameters = parameters

    @classmethod
    def title(cls) -> str:
        return (cls.__doc__ or "").strip().splitlines()[0]


class NotFound(RightawayError):
    """There is nothing here that you may see."""

    slug, status = "not-found", 404


class NotAllowed(RightawayError):
    """Your role does not allow this."""

    slug, status = "not-allowed", 403


class NotSignedIn(RightawayError):
    """Sign in, or send a valid API key."""

    slug, status = "not-signed-in", 401


class Invalid(RightawayError):
    """Some of what was sent cannot be used."""

    slug, status = "invalid", 422

    def __init__(self, detail: str = "", *, errors: list[dict[str, str]] | None = None, **parameters: object) -> None:
        super().__init__(detail, **parameters)
        self.errors = errors or []


class Conflict(RightawayError):
    """Somebody else was faster, or things have moved on."""

    slug, status = "conflict", 409


class OfferTaken(Conflict):
    """Somebody else accepted this offer first."""

    slug = "offer-already-taken"


class OfferExpired(Conflict):
    """This offer has expired."""

    slug = "offer-expired"


class OfferEnded(Conflict):
    """This offer is no longer open."""

    slug = "offer-ended"


class ItemTaken(Conflict):
    """Somebody else has this item already."""

    slug = "item-already-taken"


class CapacityFull(Conflict):
    """There is no free place for this item."""

    slug = "capacity-full"


class LimitReached(Conflict):
    """The limit for this period is reached."""

    slug = "limit-reached"


class WrongState(Conflict):
    """The item's state does not allow this."""

    slug = "wrong-state"


class AlreadyThere(Conflict):
    """There is one with this key already."""

    slug = "already-there"


class KnownPerson(Conflict):
    """Somebody has this number or address already."""

    slug = "known-person"


class TooLate(Conflict):
    """The time in which it could be changed is over."""

    slug = "too-late"


class NothingWaiting(Conflict):
    """Nothing that you could take is waiting."""

    slug = "nothing-waiting"


class NeedsConfirmation(Conflict):
    """This goes beyond what the person should get now. Say that you mean it."""

    slug = "needs-confirmation"


class NotAMember(Conflict):
    """Only members of the campaign may have this item."""

    slug = "not-a-member"


class NoAddress(Conflict):
    """There is no e-mail address that an answer could go to."""

    slug = "no-address"


class AddressBounced(Conflict):
    """The last mail to this address came back. Call, or ask for another address."""

    slug = "address-bounced"


class SendingNotSetUp(Conflict):
    """Sending e-mail is not set up here."""

    slug = "sending-not-set-up"


class TooMany(RightawayError):
    """Too much came from there within the hour. Nothing was stored; send it again later."""

    slug, status = "too-many", 429


class Stale(RightawayError):
    """It was changed by somebody else since you read it."""

    slug, status = "stale", 412


class KeyReused(RightawayError):
    """This Idempotency-Key was used with another body."""

    slug, status = "idempotency-key-reused", 422


class KeyInFlight(Conflict):
    """A request with this Idempotency-Key is still being worked on."""

    slug = "idempotency-key-in-flight"


class KeyMissing(RightawayError):
    """This request needs an Idempotency-Key header."""

    slug, status = "idempotency-key-missing", 400


class Malformed(RightawayError):
    """The request could not be read."""

    slug, status = "malformed", 400


class MethodNotAllowed(RightawayError):
    """This address does not know this method."""

    slug, status = "method-not-allowed", 405


class WrongMediaType(RightawayError):
    """Send JSON, as application/json."""

    slug, status = "wrong-media-type", 415


class ConditionMissing(RightawayError):
    """This change needs an If-Match header with the ETag that you read."""

    slug, status = "condition-missing", 428


class CsrfFailed(RightawayError):
    """The request did not come from one of our pages."""

    slug, status = "csrf-failed", 403


class TooLarge(RightawayError):
    """The request is larger than allowed."""

    slug, status = "too-large", 413


class TryLater(RightawayError):
    """Too busy just now. Nothing was stored; send it again shortly."""

    slug, status = "try-later", 503


class Unfinished(RightawayError):
    """The database did not answer. What you asked may have been done: send it again, with the same Idempotency-Key."""

    slug, status = "unfinished", 503
