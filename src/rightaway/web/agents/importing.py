"""Agents from a spreadsheet: looked at first, with what would become of each line, then imported."""

from base64 import b64decode, b64encode
from typing import Any, Final

from django import forms
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rightaway.accounts.actor import EVERYWHERE
from rightaway.intake.csv.agents import AGENTS, AgentReport, import_agents, read_agents, sent_file
from rightaway.intake.csv.reading import Refused
from rightaway.ledger.errors import NotAllowed
from rightaway.web.page import PageRequest, Shown, action, by_method, page

_LONGEST: Final = 500_000  # bytes; what was looked at is sent again with the page
OUTCOMES: Final = {
    "created": gettext_lazy("New"),
    "changed": gettext_lazy("Changed"),
    "same": gettext_lazy("As it was"),
    "rejected": gettext_lazy("Rejected"),
}


class FileForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("CSV file"), max_length=200, widget=forms.FileInput({"accept": ".csv,.txt,text/csv"})
    )


@page
def _form(request: PageRequest) -> Shown:
    _require(request)
    return _page(request, FileForm(label_suffix=""))


@action
def _read(request: PageRequest) -> Shown:
    """With a file: what it would do. With the text of one that was looked at: does it."""
    _require(request)
    sure = "text" in request.POST
    form = FileForm(request.POST, None if sure else request.FILES, label_suffix="")
    try:
        data = b64decode(request.POST["text"], validate=True) if sure else _sent(form)
        if data is not None:
            with sent_file(data) as path:
                shape, columns = read_agents(path, {})
                report = import_agents(shape, columns, actor=request.actor, dry_run=not sure)
            pairs = [(field, shape.header[place]) for field, place in columns.fields.items()]
            text = "" if sure else b64encode(data).decode()
            return _page(request, FileForm(label_suffix=""), report=report, columns=pairs, text=text, done=sure)
    except (Refused, ValueError) as error:
        line = getattr(error, "line", 0)
        said = str(error) if not line else _("line %(line)d: %(what)s") % {"line": line, "what": error}
        form.add_error(None, said) if form.is_bound else None
    response = _page(request, form)
    response.status_code = 422
    return response


def _sent(form: FileForm) -> bytes | None:
    if not form.is_valid():
        return None
    file = form.cleaned_data["file"]
    if file.size > _LONGEST:
        raise Refused(0, _("the file is larger than %(most)d bytes") % {"most": _LONGEST})
    data: bytes = file.read()
    return data


def _page(request: PageRequest, form: FileForm, report: AgentReport | None = None, **told: Any) -> TemplateResponse:
    lines = [] if report is None else [(line, OUTCOMES[line.outcome]) for line in report.lines]
    counts = [] if report is None else [(word, report.count(code)) for code, word in OUTCOMES.items()]
    shown = {"form": form, "lines": lines, "counts": counts, "fields": ", ".join(AGENTS.fields), **told}
    return TemplateResponse(request, "agents/import.html", shown)


def _require(request: PageRequest) -> None:
    for wanted in ("import", "agent.manage"):
        if not request.actor.may(wanted, EVERYWHERE):
            raise NotAllowed(action=wanted)


importing = by_method(_form, _read)
