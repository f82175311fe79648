"""The command `rightaway`. Each subcommand is a module of its own, imported when it is asked for: starting is quick."""

import os
from dataclasses import dataclass
from importlib import import_module
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a subcommand is: `module:function`, or `module:app` for one with subcommands of its own.

    `django`: its module needs Django's models. `server`: it needs a database that answers.
    """

    target: str
    django: bool = True
    server: bool = True


COMMANDS = {
    "up": Entry("rightaway.cli.up:up", django=False, server=False),
    "demo": Entry("rightaway.cli.demo:demo", django=False, server=False),
    "watch": Entry("rightaway.cli.watch:watch"),
    "import": Entry("rightaway.cli.imports:app"),
    "why": Entry("rightaway.cli.why:why"),
    "config": Entry("rightaway.cli.config:app"),
    "key": Entry("rightaway.cli.key:app"),
    "check": Entry("rightaway.cli.check:check"),
    "bench": Entry("rightaway.cli.bench:bench", django=False, server=False),
    "doctor": Entry("rightaway.cli.doctor:doctor", django=False, server=False),
    "email": Entry("rightaway.cli.email:app"),
    "worker": Entry("rightaway.cli.worker:worker"),
}


class Commands(TyperGroup):
    """Knows the names; imports a module only when its command is run or described."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        if entry.django:
            set_up_django()
        module, name = entry.target.split(":")
        found = getattr(import_module(module), name)
        if isinstance(found, typer.Typer):
            group = typer.main.get_group(found)
            group.name = cmd_name
            return group
        single = typer.Typer(add_completion=False)
        single.command(cmd_name)(found)
        return typer.main.get_command(single)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, command, rest = super().resolve_command(ctx, args)
        entry = COMMANDS.get(name or "")
        if entry is not None and entry.server and "--help" not in rest:
            need_server()
        return name, command, rest


# Its own tracebacks show variables, and those hold passwords and personal data.
main = typer.Typer(cls=Commands, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@main.callback()
def _root() -> None:
    """Every lead to the right agent, right away."""


def set_up_django() -> None:
    """Models, settings and the shell's language, once."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rightaway.server.settings")
    import django
    from django.apps import apps

    if apps.ready:
        return
    django.setup(set_prefix=False)
    from django.utils import translation

    from rightaway.server.words import shell_language

    translation.activate(shell_language())


def need_server() -> None:
    """Ends the command in plain words when the database does not answer."""
    from django.db import OperationalError, connection

    from rightaway.server.words import _

    try:
        connection.ensure_connection()
    except OperationalError as error:
        from django.conf import settings

        if settings.CONNECTIONS is None or settings.CONNECTIONS.embedded:
            stop(_("The server does not run. Start it in another window: rightaway up"))
        stop(_("The database does not answer: %(why)s") % {"why": error})


def stop(message: str, code: int = 1) -> NoReturn:
    """Ends the command with a message on standard error."""
    typer.echo(message, err=True)
    raise SystemExit(code)


def app() -> None:
    """The entry point: what goes wrong is told in words, not as a stack."""
    from rightaway.ledger.errors import RightawayError
    from rightaway.server.environment import BadSetting

    try:
        main()
    except BadSetting as error:
        stop(str(error), 2)
    except RightawayError as error:
        stop(_told(error))


def _told(error: Any) -> str:
    from django.utils.translation import gettext

    return "\n".join(filter(None, [gettext(error.title()), error.detail if error.detail != error.title() else ""]))


if __name__ == "__main__":
    app()
