"""A filter as people type it: "waiting > 10", "sin llamada", "no task", "not web". In both languages at once, so that
nobody has to know in which one the page is."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from rightaway.contacts.normalise import fold

Given = tuple[str, str]  # as in an address: name, value

_PLAIN: Final[Mapping[str, Given]] = {
    "no call": ("basics", "phone.bad"), "not called": ("basics", "phone.bad"), "sin llamada": ("basics", "phone.bad"),
    "sin llamar": ("basics", "phone.bad"), "called": ("basics", "phone.good"), "llamado": ("basics", "phone.good"),
    "no email": ("basics", "email.bad"), "no mail": ("basics", "email.bad"), "sin correo": ("basics", "email.bad"),
    "no note": ("basics", "notes.bad"), "no notes": ("basics", "notes.bad"), "sin nota": ("basics", "notes.bad"),
    "sin notas": ("basics", "notes.bad"), "no task": ("task", "none"), "sin tarea": ("task", "none"),
    "sin tareas": ("task", "none"), "overdue": ("task", "overdue"), "vencida": ("task", "overdue"),
    "vencidas": ("task", "overdue"), "vencido": ("task", "overdue"), "today": ("task", "today"),
    "para hoy": ("task", "today"), "late": ("basics", "waiting.bad"), "tarde": ("basics", "waiting.bad"),
    "unassigned": ("owner", "none"), "no owner": ("owner", "none"), "sin asignar": ("owner", "none"),
    "sin encargado": ("owner", "none"), "mine": ("owner", "me"), "mios": ("owner", "me"), "me": ("owner", "me"),
    "my team": ("owner", "team"), "mi equipo": ("owner", "team"), "update asked": ("asked", "1"),
    "actualizacion pedida": ("asked", "1"), "no campaign": ("campaign", "none"), "sin campana": ("campaign", "none"),
}  # fmt: skip
_WAITING: Final = re.compile(
    r"(?:waiting|wait|espera|esperando)\s*(?:>|>=|over|more than|mas de)\s*(\d{1,6})\s*"
    r"(min|minutes?|minutos?|h|hours?|horas?|d|days?|dias?)?"
)
_CREATED: Final = re.compile(
    r"(?:created|new|creado|creados|nuevo|nuevos)\s*(?:within|in|last|the last|en|<|ultimos|de los ultimos)?\s*"
    r"(\d{1,5})\s*(?:d|days?|dias?)"
)
_NOT: Final = re.compile(r"(?:not|no es|excepto|except)\s+(.+)")
_MINUTES: Final = {"m": 1, "h": 60, "d": 1440}


def understood(text: str, values: Mapping[str, Given]) -> list[Given] | None:
    """The filters that the text asks for, as parameters of the address; null: nobody can tell. `values` are what the
    organisation calls its own: folded name → filter."""
    found: list[Given] = []
    for part in re.split(r"[,;]| and | y ", fold(text)):
        given = list(_one(" ".join(part.split()), values))
        if not given:
            return None
        found += given
    return found


def _one(text: str, values: Mapping[str, Given]) -> Iterator[Given]:
    given = _PLAIN.get(text) or values.get(text)
    if given:
        yield given
    elif match := _WAITING.fullmatch(text):
        yield "waiting", str(int(match[1]) * _MINUTES[(match[2] or "min")[0]])
    elif match := _CREATED.fullmatch(text):
        yield "created", str(int(match[1]))
    elif (match := _NOT.fullmatch(text)) and (inner := list(_one(match[1], values))):
        yield from inner
        yield "not", inner[0][0]
