"""Every word of the basics: what the columns of an item say of them, in both languages."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.utils import translation

from rightaway.engine.basics import Rules, turns_bad
from rightaway.engine.facts import Hours
from rightaway.engine.hours import Calendar
from rightaway.web import basics, formats
from rightaway.work.basics import bad_columns, work_of
from rightaway.work.models import Item

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)  # a Wednesday
OWNER = "0" * 32
USUAL = Rules()


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def item(rules: Rules = USUAL, **columns: Any) -> Item:
    """An open item of an owner since noon, graded as its verbs grade it; `columns` are what happened."""
    made = Item(
        organisation_id=0,
        **{"state": "assigned", "owner_id": OWNER, "basics_since": NOON, "status": "working", **columns},
    )
    for column, instant in bad_columns(turns_bad(work_of(made), rules)).items():
        setattr(made, column, instant)
    return made


@contextmanager
def reading(minutes: float, language: str = "en") -> Iterator[None]:
    """A reader in UTC, so many minutes after noon."""
    with (
        translation.override(language),
        formats.for_reader("ES", "UTC"),
        patch.object(formats, "clock", lambda: at(minutes)),
    ):
        yield


WAITS = {"status": "evaluate", "unanswered_since": NOON}
CALLED = {"acted_at": NOON, "called_at": NOON, "answered_seconds": 60}


# what happened, minutes after noon, then: the mark, its shape, its words in English and in Spanish, when it turns bad
@pytest.mark.parametrize(("done", "minutes", "name", "state", "english", "spanish", "turns"), [
    (WAITS, 5, "status", "neutral", "Evaluate", "Por evaluar", 10),
    (WAITS, 10, "status", "bad", "Evaluate", "Por evaluar", None),
    ({"unanswered_since": NOON}, 5, "status", "neutral", "Working, asked again", "En gestión, preguntó otra vez", 10),
    ({}, 60, "status", "good", "Working", "En gestión", None),
    (WAITS, 5, "waiting", "neutral", "", "", 10),
    (WAITS, 10, "waiting", "bad", "", "", None),
    ({"answered_seconds": 180}, 60, "waiting", "good", "in 3 min", "en 3 min", None),
    ({"answered_seconds": 420}, 60, "waiting", "neutral", "in 7 min", "en 7 min", None),
    ({"answered_seconds": 900}, 60, "waiting", "bad", "in 15 min", "en 15 min", None),
    ({"owner_id": None}, 5, "waiting", "neutral", "No owner", "Sin encargado", 10),
    ({"owner_id": None}, 10, "waiting", "bad", "No owner", "Sin encargado", None),
    ({}, 5, "waiting", "neutral", "–", "–", None),
    ({}, 5, "phone", "neutral", "Not due", "En plazo", 10),
    ({}, 10, "phone", "bad", "Not called", "Sin llamar", None),
    (CALLED, 10, "phone", "good", "Called", "Se llamó", None),
    ({**CALLED, "phone_mark": "valid"}, 10, "phone", "good", "Valid", "Válido", None),
    ({"phone_mark": "valid"}, 10, "phone", "bad", "Not called", "Sin llamar", None),
    ({**CALLED, "phone_mark": "wrong"}, 1, "phone", "bad", "Wrong no.", "N.º equivocado.", None),
    ({"phone_mark": "none"}, 99, "phone", "neutral", "No phone", "Sin teléfono", None),
    ({}, 99, "email", "neutral", "Not due", "En plazo", None),
    (CALLED, 1, "email", "bad", "None", "Ninguna", None),
    ({**CALLED, "mailed_at": NOON}, 1, "email", "good", "Sent", "Enviado", None),
    ({**CALLED, "mailed_at": NOON, "email_mark": "valid"}, 1, "email", "good", "Valid", "Válido", None),
    ({"email_mark": "wrong"}, 1, "email", "bad", "Bounced", "Rebotado", None),
    ({"email_mark": "none"}, 1, "email", "neutral", "No e-mail", "Sin correo", None),
    ({}, 999, "notes", "neutral", "Not due", "En plazo", None),
    (CALLED, 59, "notes", "neutral", "Not due", "En plazo", 60),
    (CALLED, 60, "notes", "bad", "None", "Ninguna", None),
    ({**CALLED, "notes": 1}, 60, "notes", "good", "1 note", "1 nota", None),
    ({**CALLED, "notes": 3}, 60, "notes", "good", "3 notes", "3 notas", None),
    ({}, 60, "task", "neutral", "Not due", "En plazo", None),
    (CALLED, 1, "task", "bad", "None", "Ninguna", None),
    ({"next_task_at": at(24 * 60)}, 1, "task", "good", "Tomorrow 12:00", "Mañana 12:00", 24 * 60),
    ({"next_task_at": at(60)}, 1, "task", "neutral", "Today 13:00", "Hoy 13:00", 60),
    ({"next_task_at": NOON}, 2 * 24 * 60, "task", "bad", "Overdue 2 d", "Vencida 2 d", None),
])  # fmt: skip
def test_each_mark_says_what_its_columns_say(
    done: dict[str, Any], minutes: float, name: str, state: str, english: str, spanish: str, turns: float | None
) -> None:
    for language, words in (("en", english), ("es", spanish)):
        with reading(minutes, language):
            found = basics.basics_of(item(**done), Rules())
            assert found is not None
            mark = next(mark for mark in found if mark.name == name)
            assert (mark.state, mark.words) == (state, words), language
            assert mark.turns_at == (None if turns is None else at(turns))
            assert mark.spoken.startswith(str(mark.label))


def test_at_night_it_says_when_it_is_due_instead_of_counting() -> None:
    rules = Rules(Calendar("UTC", Hours("UTC", tuple((day, 540, 1080) for day in range(1, 8)))))
    night = datetime(2026, 3, 4, 23, tzinfo=UTC)
    asleep = item(rules, status="evaluate", unanswered_since=night, basics_since=night)
    with reading(12 * 60):
        found = basics.basics_of(asleep, rules)
    assert found is not None
    mark = next(mark for mark in found if mark.name == "waiting")
    assert (mark.state, mark.words, mark.since) == ("neutral", "due Today 09:10", None)


def test_what_cannot_be_done_does_not_count_and_a_closed_item_has_none() -> None:
    done: dict[str, Any] = {**CALLED, "mailed_at": NOON, "notes": 1, "next_task_at": at(24 * 60)}
    with reading(5):
        full = basics.basics_of(item(**done), Rules())
        without = basics.basics_of(item(**done, email_mark="none"), Rules())
        assert basics.basics_of(Item(organisation_id=0, state="closed"), Rules()) is None
    assert full is not None and without is not None
    assert (full.good, full.most, full.is_complete) == (6, 6, True)
    assert (without.good, without.most) == (5, 5)
    assert full.turns_at == at(24 * 60)
