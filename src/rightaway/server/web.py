"""The web process: pages, the API and live streams on one port."""

import ctypes
import gc
import multiprocessing
import os
import signal
import sys
from functools import cache
from typing import Any

from rightaway.server import environment

_PR_SET_PDEATHSIG = 1


def make_application() -> Any:
    """The whole site as one ASGI application. Called in each of granian's own processes."""
    _end_with_parent()
    load()
    gc.enable()
    from django.conf import settings
    from django.core.handlers.wsgi import WSGIHandler
    from whitenoise import WhiteNoise

    from rightaway.api import stream
    from rightaway.server.bridge import Bridge

    site = WhiteNoise(
        WSGIHandler(), root=settings.STATIC_ROOT, prefix="static/", max_age=60,
        immutable_file_test=lambda _path, url: "-" in url,
    )  # fmt: skip
    return Bridge(
        site, {"/api/v1/stream": stream.application}, threads=settings.ENVIRONMENT.web_threads,
        calm=frozenset({"/frame/together"}),
    )  # fmt: skip


@cache
def load() -> None:
    """Everything that answers is loaded, and nothing has been asked yet: no connection, no thread."""
    # What was loaded stays: looking through all of it for garbage took a seventh of a busy process's time, and a sixth
    # of loading. And what a page is made of is gone with it; garbage is what lives longer.
    gc.disable()
    gc.set_threshold(10_000)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rightaway.server.settings")
    import django
    from django.urls import get_resolver

    from rightaway.server.hurry import hurry

    django.setup(set_prefix=False)
    hurry()
    get_resolver().url_patterns  # noqa: B018  the first visitor does not wait for the pages to load
    gc.freeze()


def _end_with_parent() -> None:
    """Granian's own processes would go on holding the port when their parent is killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)


def serve() -> None:
    """Serves until told to stop."""
    from granian.constants import Interfaces
    from granian.server import Server

    found = environment.read()
    if sys.platform == "linux":
        # Loaded once and then forked: a process more is there at once, and shares what was loaded.
        multiprocessing.set_start_method("fork")
        load()
    Server(
        "rightaway.server.web:make_application",
        factory=True,
        interface=Interfaces.ASGI,
        address=found.host,
        port=found.port,
        workers=found.web_processes,
        backpressure=8192,
        workers_kill_timeout=2,
        respawn_failed_workers=True,
        websockets=False,
        log_level="error",
    ).serve()


if __name__ == "__main__":
    serve()
