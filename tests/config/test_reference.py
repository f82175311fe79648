"""The reference shows what is so: its example can be applied, and it names every key with its default."""

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic_core import PydanticUndefined

from rightaway.accounts.actor import SYSTEM
from rightaway.engine.route import FIELDS, OPERATORS
from rightaway.ledger.tenancy import organisation
from rightaway.people.schema import AgentIn, TeamIn
from rightaway.routing.config_file import ConfigFile, RoleEntry, parse
from rightaway.routing.schema import RouteIn
from rightaway.routing.yaml_source import read_yaml
from rightaway.work.actions.apply_configuration import apply_configuration

PAGE = (Path(__file__).parents[2] / "docs/reference/configuration.md").read_text()


def test_the_example_can_be_applied(org: int) -> None:
    example = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[0]
    config = parse(read_yaml(example.encode()).data)
    assert isinstance(config, ConfigFile), config
    with organisation(org):
        assert apply_configuration(file=config, actor=SYSTEM).changes


def described(section: str) -> dict[str, str]:
    """Keys and what the table says of their default."""
    part = PAGE.split(f"## {section}\n")[1].split("\n## ")[0]
    found: dict[str, str] = {}
    for row in re.findall(r"^\| (`.*?) \| (.*?) \|", part, re.MULTILINE):
        keys, defaults = re.findall(r"`(\w+)`", row[0]), row[1].split(", ")
        found |= dict(zip(keys, defaults if len(defaults) == len(keys) else [row[1]] * len(keys), strict=True))
    return found


@pytest.mark.parametrize(
    ("section", "model"), [("Teams", TeamIn), ("Agents", AgentIn), ("Roles", RoleEntry), ("Routes", RouteIn)]
)
def test_every_key_is_described_with_its_default(section: str, model: Any) -> None:
    table = described(section)
    assert set(table) - {"absences"} == set(model.model_fields)
    for name, field in model.model_fields.items():
        if isinstance(field.default, bool):
            assert table[name] == f"`{str(field.default).lower()}`", name
        elif isinstance(field.default, int | str) and field.default != "":
            assert table[name] == f"`{field.default}`", name
        elif field.default is PydanticUndefined and field.default_factory is None:
            assert table[name] == "–", name


def test_every_field_and_operator_of_conditions_is_named() -> None:
    part = PAGE.split("## Routes\n")[1].split("\n## ")[0]
    assert set(FIELDS) | set(OPERATORS) <= set(re.findall(r"`(\w+)`", part))
