"""`rightaway up`: everything that runs, until Ctrl-C."""

import typer


def up() -> None:
    """Start rightaway: the database, the pages, the API and the workers. Ctrl-C stops all of it."""
    from rightaway.server import environment
    from rightaway.server.postgres import PostgresFailed
    from rightaway.server.supervise import CannotStart, Supervisor

    try:
        Supervisor(environment.read(), typer.echo).run()
    except (CannotStart, PostgresFailed) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
