"""A CSV file of agents: each record makes or changes one, by key or e-mail; all in one transaction, told by line."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _
from pydantic import ValidationError

from rightaway.accounts.actor import EVERYWHERE, Actor
from rightaway.accounts.models import Organisation
from rightaway.contacts.normalise import clean_text, fold
from rightaway.intake.csv.mapping import Columns, Kind, mapping_for
from rightaway.intake.csv.reading import Record, Refused, Shape, records, shape_of
from rightaway.ledger.errors import NotAllowed, RightawayError
from rightaway.ledger.problems import problems_of
from rightaway.ledger.tenancy import current_organisation
from rightaway.people.keys import free_key, plain_key
from rightaway.people.models import Agent, AgentState, Team
from rightaway.people.schema import AgentIn
from rightaway.people.written import agent_settings, with_people
from rightaway.routing.versions import config_row
from rightaway.work import access
from rightaway.work.actions.save_agent import save_agent
from rightaway.work.actions.save_team import save_team

MOST: Final = 5_000  # agents of one file
LONGEST: Final = 1_000_000  # bytes of one that is sent
_LIMITS: Final = ("hour", "day", "week", "month")
_YES: Final = {"yes": True, "true": True, "1": True, "si": True, "no": False, "false": False, "0": False}

AGENTS: Final = Kind(
    fields=(
        "key", "name", "email", "active", "mode", "zone", "language", "languages", "skills", "capacity",
        "unanswered_cap", *(f"limit_{period}" for period in _LIMITS), "teams",
    ),
    guesses={
        "key": ("key", "agent key", "clave"),
        "name": ("name", "full name", "agent", "agent name", "nombre", "nombre completo", "agente"),
        "email": ("email", "e mail", "email address", "mail", "correo", "correo electronico"),
        "active": ("active", "activo", "activa"),
        "mode": ("mode", "modo"),
        "zone": ("zone", "time zone", "timezone", "zona horaria", "huso horario"),
        "language": ("language of the pages", "page language", "idioma de las paginas"),
        "languages": ("languages", "speaks", "idiomas", "habla"),
        "skills": ("skills", "habilidades"),
        "capacity": ("capacity", "cupo", "capacidad"),
        "unanswered_cap": ("most unanswered", "unanswered cap", "maximo sin responder"),
        "limit_hour": ("hourly limit", "limite por hora"),
        "limit_day": ("daily limit", "limite diario"),
        "limit_week": ("weekly limit", "limite semanal"),
        "limit_month": ("monthly limit", "limite mensual"),
        "teams": ("teams", "team", "equipos", "equipo"),
    },
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one record: created, changed (`changed` names what), same, or rejected (`reason` says why)."""

    line: int
    name: str
    outcome: str
    changed: tuple[str, ...] = ()
    reason: str = ""


@dataclass(slots=True)
class AgentReport:
    lines: list[Line] = field(default_factory=list)

    def count(self, outcome: str) -> int:
        return sum(line.outcome == outcome for line in self.lines)


class _Unusable(Exception):
    """The record makes no agent; the message says why."""


@contextmanager
def sent_file(data: bytes) -> Iterator[Path]:
    """What somebody sent, as a file that can be read in pieces. Raises Refused: too large."""
    if len(data) > LONGEST:
        raise Refused(0, _("the file is larger than %(most)d bytes") % {"most": LONGEST})
    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        file.write(data)
        file.flush()
        yield Path(file.name)


def read_agents(path: Path, wanted: Mapping[str, str], *, encoding: str = "") -> tuple[Shape, Columns]:
    """How the file is written and which column is which. Raises Refused, OSError."""
    shape = shape_of(path, encoding=encoding)
    columns = mapping_for(shape.header, wanted, kind=AGENTS)
    if not {"key", "name", "email"} & columns.fields.keys():
        raise Refused(1, _("no column looks like a key, a name or an e-mail address"))
    return shape, columns


def import_agents(shape: Shape, columns: Columns, *, actor: Actor, dry_run: bool = False) -> AgentReport:
    """Saves each usable record; a dry run does the same and takes it back. What a file has no column for stays as it
    is; teams are joined and never left. The same file again changes nothing. Runs inside `organisation(…)`.

    Raises Refused, OSError, NotAllowed.
    """
    access.require(actor, "import")
    if not actor.may("agent.manage", EVERYWHERE):
        raise NotAllowed(action="agent.manage")
    report = AgentReport()
    with transaction.atomic():
        config_row()  # the lock of every change of configuration
        importer = _Importer(columns, actor)
        for number, record in enumerate(records(shape)):
            if number == MOST:
                raise Refused(record.line, _("more than %(most)d agents in one file") % {"most": MOST})
            report.lines.append(importer.line(record))
        transaction.set_rollback(dry_run)
    return report


class _Importer:
    def __init__(self, columns: Columns, actor: Actor) -> None:
        self.columns, self.actor = columns, actor
        self.own = Organisation.objects.get(id=current_organisation())
        self.teams: dict[str, Team] = {}
        for team in Team.objects.order_by("id"):
            self.teams |= {team.key: team, fold(team.name): team}
        self.seen: dict[str, int] = {}

    def line(self, record: Record) -> Line:
        if record.problem:
            return Line(record.line, "", "rejected", reason=record.problem)
        said = {name: clean_text(record.cells[place]).strip() for name, place in self.columns.fields.items()}
        name = said.get("name") or said.get("email") or said.get("key", "")
        try:
            with transaction.atomic():
                changed, created = self._save(record, said)
        except _Unusable as error:
            return Line(record.line, name, "rejected", reason=str(error))
        except RightawayError as error:
            return Line(record.line, name, "rejected", reason=error.detail or _(error.title()))
        outcome = "created" if created else "changed" if changed else "same"
        return Line(record.line, name, outcome, () if created else changed)

    def _save(self, record: Record, said: dict[str, str]) -> tuple[tuple[str, ...], bool]:
        known = self._known(said)
        wanted = self._wanted(record, said, known)
        before = self.seen.setdefault(wanted.key, record.line)
        if before != record.line:
            raise _Unusable(_("the same agent stands in line %(line)d") % {"line": before})
        saved = save_agent(agent=wanted, actor=self.actor)
        joined = self._join(saved.agent_id, said.get("teams", ""))
        return (*saved.changed, *(["teams"] if joined else [])), saved.created

    def _known(self, said: dict[str, str]) -> Agent | None:
        """Whom the record means: by key, else by e-mail, else by the key that their name makes."""
        if said.get("key"):
            found: Agent | None = Agent.objects.filter(key=said["key"]).first()
            return found
        if said.get("email"):
            same = list(Agent.objects.filter(email__iexact=said["email"])[:2])
            if len(same) > 1:
                raise _Unusable(_("several agents have this e-mail address; a column with their keys tells them apart"))
            return same[0] if same else None
        named: Agent | None = Agent.objects.filter(key=plain_key(said["name"])).first() if said.get("name") else None
        return named

    def _wanted(self, record: Record, said: dict[str, str], known: Agent | None) -> AgentIn:
        if known is None:
            name = said.get("name") or said.get("email", "").partition("@")[0] or said.get("key", "")
            values: dict[str, Any] = {
                "key": said.get("key") or free_key(Agent, name), "name": name, "zone": self.own.zone,
                "language": self.own.language,
            }  # fmt: skip
        else:
            values = agent_settings(known, AgentState.objects.get(agent=known.id)).model_dump()
        values |= self._read(said, values.get("limits") or {})
        attributes = {name: clean_text(record.cells[place]) for name, place in self.columns.attributes.items()}
        if attributes:
            values["attributes"] = {**values.get("attributes", {}), **{k: v for k, v in attributes.items() if v}}
        try:
            return AgentIn.model_validate(values)
        except ValidationError as error:
            raise _Unusable("; ".join(f"{_place(each.path)}: {each.message}" for each in problems_of(error))) from None

    def _read(self, said: dict[str, str], limits: dict[str, Any]) -> dict[str, Any]:
        """The cells that say something."""
        found: dict[str, Any] = {
            name: said[name] for name in ("name", "email", "mode", "zone", "language") if said.get(name)
        }
        if said.get("active"):
            found["active"] = _yes(said["active"])
        if said.get("languages"):
            found["languages"] = sorted({code.lower() for code in _parts(said["languages"])})
        if said.get("skills"):
            found["skills"] = dict(sorted(_skill(part) for part in _parts(said["skills"])))
        if said.get("capacity"):
            found["capacity"] = round(_number(said["capacity"]) * 100)
        if said.get("unanswered_cap"):
            found["unanswered_cap"] = int(_number(said["unanswered_cap"]))
        named = {each: int(_number(said[f"limit_{each}"])) for each in _LIMITS if said.get(f"limit_{each}")}
        if named:
            found["limits"] = {**limits, **named}
        return found

    def _join(self, agent_id: Any, text: str) -> bool:
        joined = False
        for part in _parts(text):
            team = self.teams.get(part) or self.teams.get(fold(part))
            if team is None:
                raise _Unusable(_("there is no team %(name)s") % {"name": part})
            wanted = with_people(team.id, {agent_id: False})
            if Agent.objects.get(id=agent_id).key not in with_people(team.id, {}).managers:
                joined |= bool(save_team(team=wanted, actor=self.actor).changed)
        return joined


def _place(path: tuple[str | int, ...]) -> str:
    return ".".join(str(part) for part in path)


def _parts(text: str) -> list[str]:
    """What stands between semicolons, commas, bars or lines."""
    for sign in (";", "|", "\n"):
        text = text.replace(sign, ",")
    return [part.strip() for part in text.split(",") if part.strip()]


def _yes(text: str) -> bool:
    found = _YES.get(fold(text))
    if found is None:
        raise _Unusable(_("neither yes nor no: %(text)s") % {"text": text})
    return found


def _number(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        raise _Unusable(_("not a number: %(text)s") % {"text": text}) from None


def _skill(text: str) -> tuple[str, int]:
    """A skill and its level, 0–10; without one it is 5."""
    name, sign, level = text.replace("=", ":").rpartition(":")
    if not sign:
        name, sign, level = text.rpartition(" ")
    if not sign or not level.strip().isdigit():
        return text, 5
    return name.strip(), int(level)


def as_data(report: AgentReport) -> dict[str, Any]:
    counts = {name: report.count(name) for name in ("created", "changed", "same", "rejected")}
    return {**counts, "lines": [asdict(line) for line in report.lines]}
