"""Who of a manager's people looks after their contacts; every number opens the rows behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.template.response import TemplateResponse
from django.urls import reverse

from rightaway.web import formats
from rightaway.web.contacts.filters import parameters_of
from rightaway.web.page import PageRequest, page
from rightaway.work import oversight as work
from rightaway.work.basics import rules
from rightaway.work.oversight import Line


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure that opens its rows; `bad`: somebody should do something about it."""

    name: str
    number: str
    address: str
    bad: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    line: Line
    cells: Sequence[Cell]

    @property
    def load(self) -> tuple[int, int]:
        return self.line.load // 100, self.line.capacity // 100


@page
def oversight(request: PageRequest) -> TemplateResponse:
    return TemplateResponse(request, "oversight/oversight.html", _context(request))


@page
def table(request: PageRequest) -> TemplateResponse:
    return TemplateResponse(request, "oversight/tables.html", _context(request))


def _context(request: PageRequest) -> dict[str, Any]:
    found = work.oversight(request.actor)
    return {"agents": [_shown(line) for line in found.agents], "teams": [_shown(line) for line in found.teams]}


def _shown(line: Line) -> Shown:
    figures = line.figures
    cells = [
        _cell(line, "open", formats.number(figures.open)),
        _cell(line, "evaluate", formats.number(figures.evaluate), note=_longest(line)),
        _cell(line, "in_time", _share(figures.in_time_share)),
        _cell(line, "attention", _share(figures.complete_share), bad=bool(figures.attention)),
        _cell(line, "overdue", formats.number(figures.overdue), bad=bool(figures.overdue)),
        _cell(line, "no_call", formats.number(figures.no_call), bad=bool(figures.no_call)),
        _cell(line, "no_note", formats.number(figures.no_note), bad=bool(figures.no_note)),
    ]
    return Shown(line, cells)


def _cell(line: Line, name: str, number: str, *, bad: bool = False, note: str = "") -> Cell:
    view, wanted = work.ROWS[name]
    query = [("view", view), *(("owner", str(id)) for id in line.agent_ids), *parameters_of(wanted)]
    return Cell(name, number, f"{reverse('contacts')}?{urlencode(query)}", bad, note)


def _share(per_cent: int | None) -> str:
    return "–" if per_cent is None else f"{per_cent} %"


def _longest(line: Line) -> str:
    oldest = line.figures.oldest
    return "" if oldest is None else formats.duration(rules().calendar.between(oldest, formats.now()))
