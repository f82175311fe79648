"""`rightaway bench`: measures this machine, each path beside its floor in the same run."""

import json as json_text
import os
import subprocess
import sys
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console


class Part(StrEnum):
    PATHS = "paths"
    GRID = "grid"


def bench(
    part: Annotated[
        Part, typer.Argument(help="paths: what happens to an item. grid: the contacts grid of a large organisation.")
    ] = Part.PATHS,
    json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON and nothing else.")] = False,
    only: Annotated[
        str,
        typer.Option(
            help="One part: decide, backlog, single, intake, accept, bulk, growth; "
            "of the pages: visible, streams, weight; start, of all of it."
        ),
    ] = "",
    contacts: Annotated[
        int, typer.Option(min=1_000, help="How many contacts the grid's organisation has.")
    ] = 1_000_000,
) -> None:
    """Measure speed as ratios to bare PostgreSQL, on a server of its own that is removed afterwards."""
    from rightaway.server.connections import conninfo
    from rightaway.server.postgres import cluster

    console = Console(stderr=True, quiet=json)
    with tempfile.TemporaryDirectory(prefix="ra-bench-", dir="/tmp", ignore_cleanup_errors=True) as data:
        for name in [name for name in os.environ if name.startswith(("PG", "DATABASE_"))]:
            del os.environ[name]
        os.environ |= {"RIGHTAWAY_DATA": data, "DJANGO_SETTINGS_MODULE": "rightaway.server.settings"}
        with cluster(Path(data), settings={"shared_buffers": "512MB"}) as found:
            subprocess.run([sys.executable, "-m", "rightaway.server.migrate"], check=True)
            import django

            django.setup()
            from rightaway.bench import grid, paths

            assert found.admin is not None
            dsn, tell = conninfo(found.admin), console.print
            if part is Part.GRID:
                figures = grid.measure(dsn, tell, contacts=contacts)
            else:
                figures = paths.everything(dsn, tell, only=only)
    print(json_text.dumps(figures) if json else json_text.dumps(figures, indent=2))
