"""What the resources' schemas have in common."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from rightaway.contacts.normalise import clean_text
from rightaway.people.schema import Strict

VISIBLE = r"[^\s\x00-\x20\x7f-\x9f]"  # at least one character that can be seen


def one_line(most: int, *, pattern: str | None = None) -> Any:
    """One line of text: normalised, without controls; `most` characters."""
    return Annotated[str, StringConstraints(max_length=most, pattern=pattern), AfterValidator(_to_one_line)]


def prose(most: int, *, pattern: str | None = None) -> Any:
    """Text that may have lines."""
    return Annotated[str, StringConstraints(max_length=most, pattern=pattern), AfterValidator(clean_text)]


def _to_one_line(text: str) -> str:
    return " ".join(clean_text(text).split())


def _only_text(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError("must be text")
    return value


Instant = Annotated[AwareDatetime, BeforeValidator(_only_text), Field(strict=False)]
Id = Annotated[UUID, BeforeValidator(_only_text), Field(strict=False)]


class Out(BaseModel):
    """What we send. Instants are UTC, RFC 3339 with Z."""

    model_config = ConfigDict(from_attributes=True, extra="forbid")


__all__ = ["VISIBLE", "Id", "Instant", "Out", "Strict", "one_line", "prose"]
