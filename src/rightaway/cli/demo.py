"""`rightaway demo`: `rightaway up` with an organisation in which something happens."""

import os
import subprocess
import sys

import typer

from rightaway.demo.cast import ONE_CLICK
from rightaway.server import environment
from rightaway.server.connections import Connections
from rightaway.server.postgres import PostgresFailed
from rightaway.server.supervise import CannotStart, Child, Supervisor
from rightaway.server.words import _


def demo() -> None:
    """Start rightaway with a believable organisation and enquiries that keep coming in. Ctrl-C stops all of it."""
    supervisor = DemoSupervisor(environment.read(), typer.echo)
    try:
        supervisor.run(when_ready=lambda: typer.echo(_("Watch it in another window: rightaway watch")))
    except (CannotStart, PostgresFailed) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


class DemoSupervisor(Supervisor):
    """Makes the demo's organisation where `up` would print a link to make one, and its people are one more child."""

    def _print_setup_link(self, found: Connections) -> None:
        # Before any worker starts: the past is routed by hand.
        code = subprocess.run([sys.executable, "-m", "rightaway.demo", "seed"], env=os.environ).returncode
        if code:
            raise CannotStart(_("The demo could not be made. The lines above say why."))

    def _start_children(self) -> None:
        os.environ["RIGHTAWAY_DEMO_PEOPLE"] = ",".join(f"{key}@example.com" for key in ONE_CLICK)
        self.children.append(Child("demo", lambda: self._python("-m", "rightaway.demo", "flow")))
        super()._start_children()
