"""YAML as plain data with lines, within limits."""

import pytest

from rightaway.ledger.problems import Problem
from rightaway.routing import yaml_source
from rightaway.routing.yaml_source import Unreadable, read_yaml


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("a: no", {"a": "no"}),  # YAML 1.1 would say False: Norwegian is a language
        ("a: 18:00", {"a": "18:00"}),  # … 1080, in base 60
        ("a: 2026-05-04", {"a": "2026-05-04"}),  # … a date
        ("a: 007", {"a": "007"}),  # … 7, in base 8
        ("a: 1_000", {"a": "1_000"}),
        ("a: 12", {"a": 12}),
        ("a: -1.5", {"a": -1.5}),
        ("a: '12'", {"a": "12"}),
        ("a: [true, false, null, ~]", {"a": [True, False, None, None]}),
        ("a:", {"a": None}),
        ("<<: {a: 1}", {"<<": {"a": 1}}),  # no merging
        ("", {}),
        ("# nothing", {}),
        ("\ufeffa: 1", {"a": 1}),
    ],
)
def test_a_value_means_what_it_says(text: str, data: object) -> None:
    assert read_yaml(text.encode()).data == data


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(97 + n)}: &{chr(97 + n)} [{', '.join(['*' + chr(96 + n)] * 9)}]\n" for n in range(1, 9)
)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (BOMB.encode(), 1),
        (b"a: 1\nb: *a\n", 2),
        (b"a: !!python/object/apply:os.system [echo]\n", 1),
        (b"a: 1\nb: !x 2\n", 2),
        (b"a: 1\nb: 2\na: 3\n", 3),
        (b"a: 1\n---\nb: 2\n", 2),
        (b"a: [1, 2\nb: 3\n", 2),
        (b"a: 1\nb: \x00\n", 2),
        (b"a: 1\nb: \xff\n", 2),
        (b"a: 1\n? [b]\n: 2\n", 2),
        (b"a:\n\t- 1\n", 2),
        (b"[" * 5000, 1),
        (b"a: " + b"[" * 200 + b"]" * 200, 1),
    ],
)
def test_what_is_not_ours_is_refused_with_its_line(content: bytes, line: int) -> None:
    with pytest.raises(Unreadable) as refused:
        read_yaml(content)
    assert refused.value.line == line
    assert refused.value.message


def test_sizes_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_source, "MOST_BYTES", 10)
    with pytest.raises(Unreadable):
        read_yaml(b"a: 12345678901")
    monkeypatch.setattr(yaml_source, "MOST_BYTES", 10_000)
    monkeypatch.setattr(yaml_source, "MOST_NODES", 100)
    with pytest.raises(Unreadable):
        read_yaml(b"a: [" + b"1, " * 200 + b"]")


def test_a_path_leads_to_its_line() -> None:
    source = read_yaml(b"teams:\n  - key: a\n    name: b\nroutes:\n  - name: x\n    audience:\n      - agent: y\n")
    assert source.line_of(("teams", 0, "name")) == 3
    assert source.line_of(("routes", 0, "audience", 0, "agent")) == 7
    assert source.line_of(("routes", 0, "nowhere")) == 5
    assert source.line_of(()) == 1
    told = source.told([Problem(("routes", 0), "second"), Problem(("teams",), "first")])
    assert told == ["line 1: teams: first", "line 5: routes.0: second"]
