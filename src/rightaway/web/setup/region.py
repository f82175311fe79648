"""Which country a time zone lies in: where phone numbers without a country code are read."""

from functools import cache
from importlib.resources import files


@cache
def _regions() -> dict[str, str]:
    table = files("tzdata").joinpath("zoneinfo/zone.tab").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")]
    return {row[2]: row[0] for row in rows}


def region_of(zone: str) -> str:
    """Two letters (ISO 3166), or nothing for UTC and zones that lie in no one country."""
    return _regions().get(zone, "")
