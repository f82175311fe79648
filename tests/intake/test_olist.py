"""8,000 real leads, imported by one command and routed among the agents that the deals name, a route per origin."""

import csv
from collections import Counter, defaultdict
from pathlib import Path
from uuid import UUID

import pytest
from typer.testing import CliRunner

from rightaway.cli import config, imports
from rightaway.ledger.retry import retried
from rightaway.ledger.tenancy import organisation
from rightaway.people.models import Agent, AgentState
from rightaway.routing.models import Turn
from rightaway.routing.versions import live_routes
from rightaway.work.actions.route import route_organisation
from rightaway.work.check import check
from rightaway.work.models import Assignment, Item

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "leads"
LEADS = DATA / "olist_marketing_qualified_leads_dataset.csv"
DEALS = DATA / "olist_closed_deals_dataset.csv"
MAPPED = (
    "external_id=mql_id", "name=mql_id", "source=origin", "attributes.landing_page=landing_page_id",
    "asked_at=first_contact_date",
)  # fmt: skip

pytestmark = pytest.mark.skipif(not LEADS.exists(), reason="the shared test data (leads/olist) is not here")


def column(path: Path, name: str) -> list[str]:
    with path.open(newline="", encoding="utf-8") as content:
        return [row[name] for row in csv.DictReader(content)]


def configuration() -> str:
    """An agent for each closer of the deals, and a route for each origin of the leads."""
    agents = "\n".join(
        f"  - {{key: {key}, name: {key}, capacity: 1000000, unanswered_cap: null}}"
        for key in sorted(set(column(DEALS, "sr_id")))
    )
    origins = sorted(set(column(LEADS, "origin")) - {""})
    routes = "\n".join(f"  - {{name: {origin}, sources: [{origin}], act: assign}}" for origin in origins)
    return f"agents:\n{agents}\nroutes:\n{routes}\n"


def run(app: object, *arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)  # type: ignore[arg-type]
    assert result.exit_code == 0, result.output
    return result.stdout


def spread(counts: dict[UUID, int], agents: set[UUID]) -> int:
    given = [counts.get(agent, 0) for agent in agents]
    return max(given) - min(given)


def test_all_leads_end_with_somebody_or_unassigned_and_turns_are_even(org: int, tmp_path: Path) -> None:
    (tmp_path / "olist.yaml").write_text(configuration())
    chosen = ("--organisation", str(org))
    run(config.app, "apply", str(tmp_path / "olist.yaml"), *chosen)
    with organisation(org):
        AgentState.objects.update(presence="available")
        agents = set(Agent.objects.values_list("id", flat=True))

    mapped = [part for pair in MAPPED for part in ("--map", pair)]
    told = run(imports.app, "leads", str(LEADS), "--source", "unknown-origin", *mapped, *chosen)
    assert "new: 8000" in told
    assert "rejected: 0" in told
    assert "there already: 8000" in run(
        imports.app, "leads", str(LEADS), "--source", "unknown-origin", *mapped, *chosen
    )

    while (routed := retried(lambda: route_organisation(org))) is None or routed.planned:
        pass

    with organisation(org, read_only=True):
        states = Counter(Item.objects.values_list("state", flat=True))
        assert sum(states.values()) == 8000
        assert set(states) <= {"assigned", "offered", "pooled"}
        blank = sum(1 for origin in column(LEADS, "origin") if not origin)
        assert states["pooled"] == blank  # no route asks for an origin that is not known
        given: dict[tuple[UUID, int], Counter[UUID]] = defaultdict(Counter)
        for route, band, agent in Assignment.objects.values_list("route_id", "band", "agent"):
            given[route, band][agent] += 1
        assert len(given) == len(live_routes().routes)
        assert all(spread(counts, agents) <= 1 for counts in given.values())
        taken: dict[tuple[UUID, int], dict[UUID, int]] = defaultdict(dict)
        for route, band, agent, turns in Turn.objects.values_list("route_id", "band", "agent", "taken"):
            taken[route, band][agent] = turns
        assert all(taken[key][agent] == count for key, counts in given.items() for agent, count in counts.items())
        assert check([]) == []
