"""Conditions: what they accept, what they mean, and that text stays text."""

from typing import Any

import pytest

from rightaway.engine.facts import AnyOf, Condition
from rightaway.engine.route import FIELDS, OPERATORS, Mistake, Walks, check_conditions, compile_rules
from tests.engine.worlds import NOW, directory_of, item, route

HOLDS = [
    # condition → attributes for which it holds, and others for which it does not
    (Condition("attributes.zone", "is", "Centro"), ["centro", " CENTRO ", ["Norte", "centro"]], ["norte", "", None, 7]),
    (Condition("attributes.zone", "is_not", "Centro"), ["norte", "", None, []], ["CENTRO"]),
    (Condition("attributes.zone", "in", ["a", "B"]), ["A", "b", ["x", "b"]], ["c", None, ""]),
    (Condition("attributes.zone", "not_in", ["a", "B"]), ["c", None, ["x"]], ["A", ["x", "b"]]),
    (Condition("attributes.zone", "contains", "ent"), ["CENTRO"], ["norte", ["centro"], None]),
    (Condition("attributes.zone", "contains", "vip"), [["VIP", "x"]], [["vips"]]),
    (Condition("attributes.zone", "starts_with", "28"), ["28013", 28013], ["128", None, ["28"]]),
    (Condition("attributes.zone", "is_empty"), [None, "", "  ", []], ["x", 0, False, ["x"]]),
    (Condition("attributes.zone", "is_set"), ["x", 0, False], [None, "", []]),
    (Condition("attributes.zone", "gt", 100), [101, "100.5", 1e9], [100, "9", "many", None, True, "nan"]),
    (Condition("attributes.zone", "lte", 100), [100, "-5"], [101, None, "", "inf"]),
    (Condition("attributes.zone", "between", [2, 4]), [2, 4, "3"], [1.9, "4.1", None]),
    (Condition("attributes.zone", "is", 3), [3, 3.0, "3", " 3.0"], ["three", None, True, 4]),
    (Condition("attributes.zone", "is_not", 3), ["three", None, 4], [3, "3"]),
    (Condition("attributes.zone", "is", True), [True, "True"], [1, False, None]),
    (Condition("attributes.zone", "gte", "2026-03-01"), ["2026-03-01", "2026-12-24"], ["2026-02-28", None, ""]),
    (Condition("attributes.zone", "between", ["b", "d"]), ["B", "cc"], ["a", "da", None]),
    (Condition("attributes.zone", "is", "STRASSE"), ["straße"], ["strase"]),
]


def matches(condition: Condition | AnyOf, **facts: Any) -> bool:
    rule = route(strategy="pool", conditions=(condition,))
    return bool(Walks(directory_of([], [rule]), NOW).walk(item(**facts)).routes)


@pytest.mark.parametrize(("condition", "yes", "no"), HOLDS)
def test_a_condition_holds_for_these_and_not_for_those(condition: Condition, yes: list[Any], no: list[Any]) -> None:
    assert [value for value in yes if not matches(condition, attributes={"zone": value})] == []
    assert [value for value in no if matches(condition, attributes={"zone": value})] == []


def test_an_unknown_attribute_is_empty() -> None:
    for op in sorted(OPERATORS):
        value = {"many": ["x"], "pair": ["a", "z"], "none": None}.get(OPERATORS[op], "x")
        assert matches(Condition("attributes.zone", op, value)) == (op in ("is_empty", "is_not", "not_in"))


def test_bands_compare_by_rank() -> None:
    assert matches(Condition("band", "gte", "high"), band=3)
    assert not matches(Condition("band", "gte", "high"), band=1)
    assert matches(Condition("band", "between", ["low", "normal"]), band=1)
    assert matches(Condition("band", "in", ["top", "low"]), band=0)


def test_a_group_holds_when_one_of_its_conditions_does() -> None:
    group = AnyOf((Condition("answered", "is", True), Condition("enquiries", "gt", 2)))
    assert [matches(group, answered=a, enquiries=n) for a, n in ((True, 1), (False, 3), (False, 2))] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    "text", ["'''", "\\", '"); import os; ("', "{0.__class__}", "\n    return", "v[0]", "c0", "\ud800"]
)
def test_text_in_a_condition_is_never_code(text: str) -> None:
    for name in ("attributes.zone", f"attributes.{text}"):
        condition = Condition(name, "is", f"x{text}")
        assert matches(condition, attributes={name.removeprefix("attributes."): f"X{text}"})
        assert not matches(condition, attributes={name.removeprefix("attributes."): "other"})


def test_the_signs_say_why_each_route_was_not_taken() -> None:
    many = tuple(Condition("line", "is", "sale") for _ in range(40))
    rules = [
        route(0, strategy="pool"),
        route(1, kind="case"),
        route(2, sources=frozenset({"fair"})),
        route(3, conditions=(Condition("line", "is", "sale"), Condition("band", "is", "top"))),
        route(4, conditions=(*many, Condition("band", "is", "top"))),
        route(5),
        route(6, strategy="pool"),
        route(7),
    ]
    directory = directory_of([], rules, paused=frozenset({rules[0].id}))
    walk = Walks(directory, NOW).walk(item(passed=frozenset({rules[5].id})))
    assert (walk.signs, walk.routes) == ("pks2~29xm", [6])


MISTAKES = [
    (Condition("colour", "is", "red"), ".field", "unknown_field"),
    (Condition("attributes.", "is", "red"), ".field", "unknown_field"),
    (Condition(7, "is", "red"), ".field", "unknown_field"),  # type: ignore[arg-type]
    (Condition("source", "like", "red"), ".op", "unknown_operator"),
    (Condition("source", ["is"], "red"), ".op", "unknown_operator"),  # type: ignore[arg-type]
    (Condition("source", "gt", "red"), ".op", "operator_not_for_field"),
    (Condition("answered", "in", [True]), ".op", "operator_not_for_field"),
    (Condition("source", "is"), ".value", "value_missing"),
    (Condition("source", "is", " "), ".value", "value_missing"),
    (Condition("source", "is", 5), ".value", "value_type"),
    (Condition("source", "is", ["web"]), ".value", "value_type"),
    (Condition("source", "is", {"a": 1}), ".value", "value_type"),
    (Condition("source", "is_set", "x"), ".value", "value_not_wanted"),
    (Condition("source", "in", "web"), ".value", "value_type"),
    (Condition("source", "in", []), ".value", "values_empty"),
    (Condition("source", "in", ["x"] * 1001), ".value", "too_many_values"),
    (Condition("attributes.a", "in", ["x", 1]), ".value", "values_mixed"),
    (Condition("attributes.a", "is", "x" * 1025), ".value", "value_too_long"),
    (Condition("attributes.a", "contains", 5), ".value", "value_type"),
    (Condition("attributes.a", "gt", True), ".value", "value_type"),
    (Condition("attributes.a", "gt", float("nan")), ".value", "value_type"),
    (Condition("attributes.a", "between", [1]), ".value", "pair_wanted"),
    (Condition("attributes.a", "between", [2, 1]), ".value", "pair_order"),
    (Condition("band", "is", "urgent"), ".value", "unknown_band"),
    (Condition("band", "between", ["top", "low"]), ".value", "pair_order"),
    (Condition("enquiries", "gt", "3"), ".value", "value_type"),
    (Condition("answered", "is", "yes"), ".value", "value_type"),
]


@pytest.mark.parametrize(("condition", "where", "code"), MISTAKES)
def test_a_mistake_is_named_with_its_place(condition: Condition, where: str, code: str) -> None:
    fine = Condition("source", "is", "web")
    assert check_conditions((fine, condition)) == [Mistake(f"conditions[1]{where}", code)]
    assert check_conditions((AnyOf((fine, condition)),)) == [Mistake(f"conditions[0].any[1]{where}", code)]
    with pytest.raises(ValueError, match=code):
        compile_rules([route(conditions=(condition,))])


def test_groups_go_one_level_deep_and_are_not_empty() -> None:
    nested = AnyOf((AnyOf((Condition("source", "is", "web"),)),))  # type: ignore[arg-type]
    assert check_conditions((nested, AnyOf(()))) == [
        Mistake("conditions[0].any[0]", "group_nested"),
        Mistake("conditions[1]", "group_empty"),
    ]


def test_two_hundred_conditions_are_enough() -> None:
    fine = Condition("source", "is", "web")
    assert check_conditions((fine,) * 150 + (AnyOf((fine,) * 50),)) == []
    assert check_conditions((fine,) * 150 + (AnyOf((fine,) * 51),)) == [Mistake("conditions", "too_many_conditions")]
    rules = [route(n, conditions=(fine,) * 200) for n in range(3)]
    assert Walks(directory_of([], rules), NOW).walk(item()).routes == [0]


def test_every_field_takes_some_operator() -> None:
    assert {name for name in FIELDS if not check_conditions((Condition(name, "is", None),))} == set()
