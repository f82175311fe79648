"""One PostgreSQL for the whole run, made and migrated before any test is collected; Django works in it as the app role.

Nothing is ever truncated: each test makes organisations of its own. `RIGHTAWAY_TEST_DATABASE=reuse` uses the running
server that the environment names (PGHOST or RIGHTAWAY_DATA) instead of making one.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_SERVER = pytest.StashKey[object]()


@contextmanager
def _own_server() -> Iterator[None]:
    from rightaway.server.postgres import cluster

    # A short name: the socket's path has a limit. Not pytest's own folder: PostgreSQL as `nobody` may not enter it.
    data = Path(tempfile.mkdtemp(prefix="ra-", dir="/tmp"))
    for name in [name for name in os.environ if name.startswith(("PG", "DATABASE_", "RIGHTAWAY_"))]:
        del os.environ[name]
    os.environ["RIGHTAWAY_DATA"] = str(data)
    try:
        with cluster(data, settings={"shared_buffers": "128MB", "max_connections": "400"}):
            subprocess.run([sys.executable, "-m", "rightaway.server.migrate"], check=True)
            yield
    finally:
        shutil.rmtree(data, ignore_errors=True)


def pytest_configure(config: pytest.Config) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "rightaway.server.settings"
    is_worker = hasattr(config, "workerinput")  # of xdist: the controller has made the server already
    if not is_worker and os.environ.get("RIGHTAWAY_TEST_DATABASE") != "reuse":
        server = _own_server()
        server.__enter__()
        config.stash[_SERVER] = server
    import django
    from django.conf import settings

    django.setup()
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]  # the name that Django's test client uses


def pytest_unconfigure(config: pytest.Config) -> None:
    server = config.stash.get(_SERVER, None)
    if server is not None:
        server.__exit__(None, None, None)  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def _nothing_left_open() -> Iterator[None]:
    """A test that fails inside a transaction must not spoil the next one; settings of the language neither."""
    from django.db import connection
    from django.utils import translation

    with translation.override("en"):
        yield
    if connection.in_atomic_block:
        connection.close()


@pytest.fixture
def org() -> int:
    """The id of a new organisation with its routing, and nothing else."""
    from rightaway.work.actions.found import make_organisation

    return make_organisation(name="Casa & Co.", language="en", zone="UTC")


@pytest.fixture
def other_org() -> int:
    """A second organisation, whose rows nobody in the first may ever see."""
    from rightaway.work.actions.found import make_organisation

    return make_organisation(name="Somebody else", language="es", zone="America/Bogota")


def _conninfo(role: str) -> str:
    from django.conf import settings

    from rightaway.server.connections import conninfo

    return conninfo(getattr(settings.CONNECTIONS, role))


@pytest.fixture(scope="session")
def app_dsn() -> str:
    """How the application connects."""
    return _conninfo("app")


@pytest.fixture(scope="session")
def owner_dsn() -> str:
    """How the migrations connect: the tables' owner, who is bound by row-level security all the same."""
    return _conninfo("owner")


@pytest.fixture(scope="session")
def scheduler_dsn() -> str:
    """How the worker looks for what is due."""
    return _conninfo("scheduler")


@pytest.fixture(scope="session")
def superuser_dsn() -> str:
    """How nobody but a test connects: the role that sees everything."""
    from django.conf import settings

    from rightaway.server.connections import ADMIN, conninfo

    assert settings.CONNECTIONS is not None
    return conninfo(settings.CONNECTIONS.admin or {**settings.CONNECTIONS.app, "user": ADMIN})
