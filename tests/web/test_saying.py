"""Filters as people type them, in both languages."""

import pytest

from rightaway.web.contacts.saying import understood

OWN = {"web": ("source", "web"), "ana beltran": ("owner", "7")}


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("waiting > 10", [("waiting", "10")]), ("Espera > 2 h", [("waiting", "120")]),
        ("wait over 1 d", [("waiting", "1440")]), ("sin llamada", [("basics", "phone.bad")]),
        ("No task", [("task", "none")]), ("Vencidas", [("task", "overdue")]),
        ("new last 7 days", [("created", "7")]), ("creados últimos 7 días", [("created", "7")]),
        ("Web", [("source", "web")]), ("not web", [("source", "web"), ("not", "source")]),
        ("Ana Beltrán", [("owner", "7")]), ("sin llamada, espera > 10", [("basics", "phone.bad"), ("waiting", "10")]),
        ("no call and no task", [("basics", "phone.bad"), ("task", "none")]),
    ],
)  # fmt: skip
def test_what_is_typed_is_a_filter(text: str, given: list[tuple[str, str]]) -> None:
    assert understood(text, OWN) == given


@pytest.mark.parametrize(
    "text", ["", "colour red", "waiting > ten", "not", "not not web then", "web, colour", "a" * 999]
)
def test_what_nobody_can_tell_is_not_guessed(text: str) -> None:
    assert understood(text, OWN) is None
