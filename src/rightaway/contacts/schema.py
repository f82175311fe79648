"""Fields and companies as people write them (API, pages), strictly checked."""

from typing import Annotated, Literal

from django.utils.translation import gettext_noop
from pydantic import Field, StringConstraints, model_validator

from rightaway.people.schema import Strict, Text

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,49}$")]
Names = Annotated[dict[Literal["en", "es"], Text], Field(min_length=1)]


class ChoiceIn(Strict):
    """What can be chosen. The key stays, its names may change."""

    key: Code
    names: Names


class FieldIn(Strict):
    """A field of the organisation's own on every contact. `key` and `type` do not change later.

    `names` by language, at least one. Money is in `currency` (ISO 4217); only choices have `choices`. A required field
    must be filled in by whoever types in or edits a contact; leads are taken without it. `retired` hides it.
    """

    key: Code
    type: Literal["text", "number", "money", "date", "choice", "choices", "boolean"]
    names: Names
    choices: Annotated[list[ChoiceIn], Field(max_length=200)] = []
    currency: Annotated[str, StringConstraints(pattern=r"^([A-Z]{3})?$")] = ""
    required: bool = False
    place: Annotated[int, Field(ge=0, le=10_000)] = 0
    retired: bool = False

    @model_validator(mode="after")
    def fits_its_type(self) -> "FieldIn":
        if (self.type in ("choice", "choices")) != bool(self.choices):
            raise ValueError(gettext_noop("a field of choices needs choices, and no other field has them"))
        if (self.type == "money") != bool(self.currency):
            raise ValueError(gettext_noop("a field of money needs a currency, and no other field has one"))
        if len({choice.key for choice in self.choices}) != len(self.choices):
            raise ValueError(gettext_noop("two choices have the same key"))
        return self
