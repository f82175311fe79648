"""Which column is which field: as the caller says, else guessed from the names that exports give their columns."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from rightaway.contacts.normalise import fold
from rightaway.intake.csv.reading import Refused

ATTRIBUTES = "attributes."
FIELDS = (
    "name", "first_name", "last_name", "phone", "email", "company", "message", "language", "line", "campaign",
    "source", "external_id", "asked_at",
)  # fmt: skip

# Folded names as they stand in exports, in order of preference: the first that the file has is taken.
_GUESSES: dict[str, tuple[str, ...]] = {
    "name": (
        "name", "full name", "fullname", "contact name", "lead name", "display name", "client name", "customer name",
        "nombre completo", "nombre y apellidos", "nombre y apellido", "nombre del contacto", "contacto", "cliente",
    ),
    "first_name": ("first name", "firstname", "given name", "forename", "nombre", "nombres", "primer nombre"),
    "last_name": ("last name", "lastname", "family name", "surname", "apellidos", "apellido", "apellido(s)"),
    "phone": (
        "phone", "phone number", "mobile", "mobile phone", "mobile number", "cell", "cell phone", "phone 1 value",
        "primary phone", "telephone", "tel", "business phone", "home phone", "whatsapp", "telefono", "telefono movil",
        "movil", "celular", "numero de telefono", "telefono 1",
    ),
    "email": (
        "email", "e mail", "email address", "e mail address", "email 1 value", "e mail 1 value", "mail", "correo",
        "correo electronico", "direccion de correo electronico", "direccion de correo",
    ),
    "company": (
        "company", "company name", "organization", "organisation", "organization name", "associated company",
        "account name", "business name", "empresa", "nombre de la empresa", "compania", "organizacion",
    ),
    "message": (
        "message", "comments", "comment", "enquiry", "inquiry", "question", "description", "notes", "mensaje",
        "comentarios", "comentario", "consulta", "pregunta", "descripcion", "notas",
    ),
    "language": ("language", "preferred language", "locale", "idioma", "idioma preferido"),
    "line": ("line", "line of business", "linea de negocio"),
    "campaign": (),  # a column of this name rarely means one of our campaigns
    "source": ("source", "lead source", "leadsource", "origin", "channel", "fuente", "origen", "canal"),
    "external_id": (
        "lead id", "external id", "record id", "enquiry id", "contact id", "id", "id externo", "id de registro",
        "id del contacto",
    ),
    "asked_at": (
        "asked at", "created at", "create date", "created", "created date", "created time", "date created",
        "date added", "enquiry date", "submitted at", "timestamp", "fecha de creacion", "fecha de consulta", "fecha",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kind:
    """What a file is about: its fields, and the folded names that exports give them, in order of preference."""

    fields: tuple[str, ...]
    guesses: Mapping[str, tuple[str, ...]]


LEADS: Final = Kind(FIELDS, _GUESSES)


@dataclass(frozen=True, slots=True)
class Columns:
    """Fields to places of columns (from 0), and names of attributes to places."""

    fields: Mapping[str, int]
    attributes: Mapping[str, int]


def mapping_for(
    header: tuple[str, ...], wanted: Mapping[str, str], *, guess: bool = True, kind: Kind = LEADS
) -> Columns:
    """The columns of each field. `wanted` maps a field to a column's name, or to #3 for the third column; what it
    does not name is guessed, unless not. Raises Refused: an unknown field, a column that is not there or twice."""
    known = _Header(header)
    fields: dict[str, int] = {}
    attributes: dict[str, int] = {}
    for field, column in wanted.items():
        if field.startswith(ATTRIBUTES) and len(field) > len(ATTRIBUTES):
            attributes[field.removeprefix(ATTRIBUTES)] = known.place(column)
        elif field in kind.fields:
            fields[field] = known.place(column)
        else:
            raise Refused(1, _unknown_field(field, kind))
    if guess:
        parts_of_name = {"first_name", "last_name"} if "name" in fields else set()
        fields = _guessed(known, kind, taken=set(fields) | parts_of_name) | fields
    return Columns(fields, attributes)


def _unknown_field(field: str, kind: Kind) -> str:
    return _("there is no field %(field)s. There are %(fields)s and attributes.NAME") % {
        "field": field, "fields": ", ".join(kind.fields),
    }  # fmt: skip


def _guessed(known: "_Header", kind: Kind, *, taken: set[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for field, names in kind.guesses.items():
        if field in taken:
            continue
        # A header that stands twice is not guessed at: which one is meant must be said.
        place = next((known.folded[name][0] for name in names if len(known.folded.get(name, ())) == 1), None)
        if place is not None:
            found[field] = place
    # “Nombre” beside “Apellidos” is a first name; alone it is the whole name.
    if "first_name" in found and "last_name" not in found and "name" not in found and "name" not in taken:
        found["name"] = found.pop("first_name")
    if "name" in found:
        found.pop("first_name", None)
        found.pop("last_name", None)
    return found


class _Header:
    def __init__(self, header: tuple[str, ...]) -> None:
        self.header = header
        self.folded: dict[str, list[int]] = {}
        for place, name in enumerate(header):
            plain = " ".join(fold(name).replace("_", " ").replace("-", " ").split())
            self.folded.setdefault(plain, []).append(place)

    def place(self, column: str) -> int:
        if column.startswith("#") and column[1:].isdigit() and 1 <= int(column[1:]) <= len(self.header):
            return int(column[1:]) - 1
        places = [place for place, name in enumerate(self.header) if name == column.strip()]
        if len(places) == 1:
            return places[0]
        if places:
            numbers = ", ".join(f"#{place + 1}" for place in places)
            said = {"column": column, "numbers": numbers}
            raise Refused(1, _("the column %(column)s stands there more than once: say %(numbers)s") % said)
        there = ", ".join(name or f"#{place + 1}" for place, name in enumerate(self.header[:_SHOWN]))
        raise Refused(1, _("there is no column %(column)s. There are %(there)s") % {"column": column, "there": there})


_SHOWN = 40
