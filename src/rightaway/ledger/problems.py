"""What is wrong with something that was sent: each problem with the place where it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from pydantic import ValidationError

from rightaway.ledger.errors import Invalid

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """`path` leads from the outermost value to the wrong one: ("routes", 2, "name")."""

    path: Path
    message: str

    def as_error(self) -> dict[str, str]:
        return {"pointer": "".join(f"/{_escaped(part)}" for part in self.path), "detail": self.message}


def _escaped(part: str | int) -> str:
    """One step of a JSON pointer (RFC 6901, 4)."""
    return str(part).replace("~", "~0").replace("/", "~1")


def refuse(problems: list[Problem]) -> None:
    """Raises Invalid with all of them, when there are any."""
    if problems:
        raise Invalid(errors=[problem.as_error() for problem in problems])


def problems_of(error: ValidationError) -> list[Problem]:
    """What pydantic found, in our words and the reader's language."""
    return [problem_of(found) for found in error.errors(include_url=False, include_input=False)]


def problem_of(found: Mapping[str, Any]) -> Problem:
    """One of pydantic's errors."""
    return Problem(_plain_path(found["loc"]), _sentence(found["type"], found.get("ctx", {}), found["msg"]))


def _plain_path(loc: Path) -> Path:
    # Names of a union's members are ours, not the sender's.
    return tuple(part for part in loc if not (isinstance(part, str) and (part in _UNION or "[" in part)))


_UNION = frozenset({"condition", "any_of", "str", "bool", "int", "float", "list"})


def _sentence(kind: str, context: dict[str, object], message: str) -> str:
    match kind:
        case "extra_forbidden":
            return _("unknown key")
        case "missing":
            return _("is missing")
        case "string_type":
            return _("must be text")
        case "int_type" | "int_from_float" | "int_parsing":
            return _("must be a whole number")
        case "float_type" | "finite_number":
            return _("must be a number")
        case "bool_type":
            return _("must be true or false")
        case "list_type":
            return _("must be a list")
        case "dict_type" | "model_type" | "model_attributes_type":
            return _("must be a group of keys and values")
        case "literal_error":
            return _("must be one of %(expected)s") % context
        case "greater_than_equal":
            return _("must be at least %(ge)s") % context
        case "less_than_equal":
            return _("must be at most %(le)s") % context
        case "string_too_short" | "too_short":
            return _("must not be empty")
        case "string_too_long":
            return _("is too long: at most %(max_length)s characters") % context
        case "too_long":
            return _("is too long: at most %(max_length)s entries") % context
        case "string_pattern_mismatch":
            return _("does not look right")
        case "timezone_aware":
            return _("needs a zone or offset, as in 2026-05-04T09:00:00+02:00")
        case "datetime_type" | "datetime_parsing" | "datetime_from_date_parsing":
            return _("must be a date and time, as in 2026-05-04T09:00:00+02:00")
        case "uuid_type" | "uuid_parsing":
            return _("must be an id")
        case "value_error":
            return _(str(context.get("error", message)))
        case _:
            return message
