"""What the resources' schemas have in common."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from annotated_types import GroupedMetadata
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from rightaway.contacts.normalise import clean_text
from rightaway.people.schema import Strict

VISIBLE = r"[^\s\x00-\x20\x7f-\x9f]"  # at least one character that can be seen


@dataclass(frozen=True, slots=True)
class Line(GroupedMetadata):
    """`Annotated[str, Line(200)]`: one line of text, normalised, without controls; at most so many characters."""

    most: int
    pattern: str | None = None

    def __iter__(self) -> Iterator[Any]:
        yield StringConstraints(max_length=self.most, pattern=self.pattern)
        yield AfterValidator(_to_one_line)


@dataclass(frozen=True, slots=True)
class Prose(GroupedMetadata):
    """The same for text that may have lines."""

    most: int
    pattern: str | None = None

    def __iter__(self) -> Iterator[Any]:
        yield StringConstraints(max_length=self.most, pattern=self.pattern)
        yield AfterValidator(clean_text)


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


__all__ = ["VISIBLE", "Id", "Instant", "Line", "Out", "Prose", "Strict"]
