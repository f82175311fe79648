"""A setting that is not described does not exist for whoever runs rightaway."""

from pathlib import Path

from rightaway.server.environment import settings

PAGE = Path(__file__).parents[2] / "docs/reference/settings.md"


def test_every_setting_is_described_with_its_default() -> None:
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    described = {row.split("`")[1]: row.split("|")[2].strip().strip("`") for row in rows}
    for setting in settings().values():
        assert setting.name in described, f"{setting.name} is missing in {PAGE.name}"
        if setting.default:
            assert described[setting.name] == setting.default, setting.name


def test_nothing_else_is_described() -> None:
    known = {setting.name for setting in settings().values()}
    named = {line.split("`")[1] for line in PAGE.read_text().splitlines() if line.startswith("| `")}
    assert named <= known
