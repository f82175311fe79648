"""Every text that a person can see is there in every language, and says the same."""

import ast
import re
from collections import Counter
from functools import cache
from importlib import import_module
from typing import Any

import polib
import pytest

from rightaway.engine.eligible import REASONS
from rightaway.engine.explain import AGENT_CODES, CHANGE_CODES, HEADLINES, RANK_CODES, ROUTE_CODES
from rightaway.engine.facts import BANDS
from rightaway.engine.moves import STATES
from rightaway.engine.route import FIELDS, OPERATORS
from rightaway.ledger import errors
from rightaway.work import phrases
from rightaway.work.actions import decline, finish
from rightaway.work.check import INVARIANTS
from rightaway.work.exclusions import IN_FORCE
from rightaway.work.explaining import SHOWN

from .words import SOURCE, Text, texts

LANGUAGES = ("es",)
CATALOGUES = sorted(SOURCE.rglob("locale/*/LC_MESSAGES/django.po"))
_PLACEHOLDER = re.compile(r"%\((\w+)\)[a-z]|%[a-z]")
# Events that say something of the work on an item and nothing of why it is where it is, or that a decision explains.
_NOT_TOLD = {
    "drip_started", "role_waits", "role_unfilled",
    "touched", "moved", "waits", "pooled", "edited", "prioritised", "task_added", "task_due", "task_moved",
    "task_given", "task_ended", "note_edited", "note_pinned", "update_requested", "update_request_withdrawn",
}  # fmt: skip


@cache
def entries(language: str) -> dict[str, Any]:
    """Everything that is translated, from all catalogues of the language."""
    found = [polib.pofile(str(path)) for path in CATALOGUES if path.parts[-3] == language]
    return {entry.msgid: entry for catalogue in found for entry in catalogue}


def untranslated(language: str, wanted: list[Text]) -> list[str]:
    known = entries(language)
    return [f"{text.where}: {text.one}" for text in wanted if text.one not in known]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_the_source_is_translated(language: str) -> None:
    assert untranslated(language, texts()) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_said_before_django_is_there_is_in_the_servers_own_catalogue(language: str) -> None:
    known = {entry.msgid for entry in polib.pofile(str(SOURCE / f"server/locale/{language}/LC_MESSAGES/django.po"))}
    early = [text for text in texts() if text.where.endswith("#server")]
    assert len(early) > 50
    assert [f"{text.where}: {text.one}" for text in early if text.one not in known] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_counts_has_both_forms(language: str) -> None:
    known = entries(language)
    for text in texts():
        if text.plural:
            entry = known[text.one]
            assert entry.msgid_plural == text.plural, text.where
            assert sorted(entry.msgstr_plural) == [0, 1], text.where


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: f"{path.parts[-5]}-{path.parts[-3]}")
def test_a_catalogue_is_whole_and_holds_nothing_else(path: Any) -> None:
    catalogue = polib.pofile(str(path), check_for_duplicates=True)
    used = {text.one for text in texts()} | {text.one for text in _unmarked()}
    assert [entry.msgid for entry in catalogue.fuzzy_entries()] == []
    assert [entry.msgid for entry in catalogue.obsolete_entries()] == []
    assert [entry.msgid for entry in catalogue.untranslated_entries()] == []
    assert [entry.msgid for entry in catalogue if entry.msgid not in used] == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: f"{path.parts[-5]}-{path.parts[-3]}")
def test_placeholders_are_the_same_in_both_languages(path: Any) -> None:
    for entry in polib.pofile(str(path)):
        originals = [entry.msgid_plural or entry.msgid]
        for translated in entry.msgstr_plural.values() if entry.msgid_plural else [entry.msgstr]:
            assert _placeholders(translated) == _placeholders(originals[0]), entry.msgid
            assert translated[:1].isspace() == entry.msgid[:1].isspace(), entry.msgid
            assert translated.endswith((".", "?", ":")) == entry.msgid.endswith((".", "?", ":")), entry.msgid


def _placeholders(text: str) -> Counter[str]:
    return Counter(match[0] for match in _PLACEHOLDER.finditer(text.replace("%%", "")))


def test_the_same_text_is_translated_the_same_way_everywhere() -> None:
    found: dict[tuple[str, str], set[str]] = {}
    for path in CATALOGUES:
        for entry in polib.pofile(str(path)):
            found.setdefault((path.parts[-3], entry.msgid), set()).add(entry.msgstr or str(entry.msgstr_plural))
    assert {key: said for key, said in found.items() if len(said) > 1} == {}


def test_every_code_of_an_explanation_has_a_sentence() -> None:
    assert {*phrases.HEADLINES, "broadcast"} == set(HEADLINES)
    assert set(phrases.ROUTES) == set(ROUTE_CODES)
    assert {"audience", *phrases.AGENTS} == set(AGENT_CODES)
    assert set(phrases.RANKS) == set(phrases.BECAUSE) == set(RANK_CODES)
    by_reason = {f"change_{reason}" for reason in phrases.CHANGES_BY_REASON}
    assert set(phrases.CHANGES) | by_reason == set(CHANGE_CODES)
    assert set(phrases.FILTERS) == {"audience", *REASONS}


def test_a_sentence_takes_the_parameters_of_its_code() -> None:
    codes = HEADLINES | ROUTE_CODES | AGENT_CODES | RANK_CODES | CHANGE_CODES
    by_reason = {f"change_{reason}": said for reason, said in phrases.CHANGES_BY_REASON.items()}
    tables = phrases.HEADLINES | phrases.ROUTES | phrases.AGENTS | phrases.RANKS | phrases.CHANGES
    for code, said in tables.items():
        named = set(re.findall(r"%\((\w+)\)", str(said)))
        assert named <= {*codes[code], "because"}, code
    for code, said in by_reason.items():
        assert str(said % {"count": 1}) != str(said % {"count": 2}), code


def test_every_condition_state_and_cause_has_words() -> None:
    assert set(phrases.FIELDS) == set(FIELDS)
    assert set(phrases.OPERATORS) == set(OPERATORS)
    assert set(phrases.BAND_NAMES) == set(BANDS)
    assert set(phrases.STATES) == set(STATES)
    assert set(phrases.DECLINES) == set(decline.KINDS)
    assert set(phrases.OUTCOMES) == set(finish.OUTCOMES)
    # Whoever missed an offer is told apart by what ended it.
    assert set(phrases.CAUSES_OF_EXCLUSION) == {*IN_FORCE, "expired", "rescinded"} - {"missed"}
    waits = {"no_route", "nobody", "unaccepted", "pool_route"}
    assert _causes_in_source() | waits <= set(phrases.CAUSES)


def test_every_event_of_an_item_is_told_or_knowingly_not() -> None:
    kinds = _events_of_items()
    assert kinds - _NOT_TOLD == set(SHOWN)
    forms = {kind for kind in phrases.EVENTS if kind not in SHOWN}
    plain = {kind.partition("_to_")[0].removesuffix("_from").removesuffix("_next") for kind in forms}
    assert plain <= set(SHOWN)
    assert set(phrases.EVENTS) - forms | {"expired"} == set(SHOWN)
    assert set(phrases.EVENTS_OF_ROLE) < set(SHOWN)


def _events_of_items() -> set[str]:
    """The kinds of events that verbs and the planner write about items."""
    found: set[str] = set()
    for path in (SOURCE / "work").rglob("*.py"):
        text = path.read_text()
        found.update(re.findall(r'\bevent="(\w+)"', text))
        found.update(re.findall(r'self\._event\(decision, row, "(\w+)"', text))
    return found | {"received"}


def _causes_in_source() -> set[str]:
    """The literal causes that are written to an item's column."""
    found: set[str] = set()
    for path in (SOURCE / "work").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                named = {keyword.arg: keyword.value for keyword in node.keywords}
                function = getattr(node.func, "attr", getattr(node.func, "id", ""))
                cause = named.get("cause")
                if function in ("move", "note", "_item") and isinstance(cause, ast.Constant):
                    found.add(str(cause.value))
    return found


def test_every_problem_has_a_title_in_every_language() -> None:
    for language in LANGUAGES:
        assert untranslated(language, _titles()) == []


def test_every_refusal_of_a_schema_is_translated() -> None:
    for language in LANGUAGES:
        assert untranslated(language, _refusals()) == []


def test_every_promise_is_translated() -> None:
    assert {invariant.promise for invariant in INVARIANTS} <= entries("es").keys()


def _unmarked() -> list[Text]:
    """Texts that are translated where they are shown, not where they are written."""
    return [*_titles(), *_refusals()]


def _titles() -> list[Text]:
    for module in _modules_with_errors():
        import_module(module)
    found = [errors.RightawayError]
    for error in found:  # grows while it is walked: the whole tree
        found += error.__subclasses__()
    return [Text(error.title(), "", error.__module__) for error in found]


def _modules_with_errors() -> list[str]:
    """Modules that make branches of the error tree, some of which nothing here would import."""
    wanted = re.compile(rf"^class \w+\((?:{'|'.join(_error_names())})\)", re.M)
    paths = [path for path in SOURCE.rglob("*.py") if wanted.search(path.read_text())]
    return [".".join(["rightaway", *path.relative_to(SOURCE).with_suffix("").parts]) for path in paths]


def _error_names() -> list[str]:
    return [name for name, value in vars(errors).items() if isinstance(value, type)]


def _refusals() -> list[Text]:
    """What validators say: pydantic hands it on, and `ledger/problems.py` translates it."""
    found = []
    for path in SOURCE.rglob("*.py"):
        source = path.read_text()
        if "from pydantic import" not in source:
            continue
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                function, given = node.exc.func, node.exc.args
                if getattr(function, "id", "") == "ValueError" and given and isinstance(given[0], ast.Constant):
                    where = f"{path.relative_to(SOURCE)}:{node.lineno}"
                    found.append(Text(str(given[0].value), "", where))
    return found
