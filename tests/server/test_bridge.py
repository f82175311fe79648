"""The bridge, spoken to as a server would."""

import asyncio
import threading
from collections.abc import Iterable
from typing import Any, Final

import pytest

from rightaway.server.bridge import LONGEST_BODY, Bridge

SCOPE: Final = {
    "type": "http", "method": "POST", "path": "/", "query_string": b"a=b", "headers": [], "http_version": "1.1",
    "scheme": "http", "client": ("1.2.3.4", 5), "server": ("host", 80),
}  # fmt: skip


def _echo(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain"), ("Set-Cookie", " a=1")])
    shown = {name: value for name, value in environ.items() if not name.startswith("wsgi.")}
    return [repr((sorted(shown.items()), environ["wsgi.input"].read())).encode()]


async def _stream(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"live"})


def _ask(*chunks: bytes, path: str = "/", headers: Iterable[tuple[bytes, bytes]] = ()) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []
    waiting = [
        {"type": "http.request", "body": chunk, "more_body": index < len(chunks) - 1}
        for index, chunk in enumerate(chunks or (b"",))
    ]

    async def receive() -> dict[str, Any]:
        return waiting.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {**SCOPE, "path": path, "headers": list(headers)}
    asyncio.run(Bridge(_echo, {"/live": _stream}, threads=2)(scope, receive, send))
    return sent


async def _started(bridge: Bridge, path: str) -> dict[str, Any]:
    """How the answer of that page begins: its status and headers."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        sent.append(message)

    await bridge({**SCOPE, "path": path}, receive, send)
    return sent[0]


def test_a_page_gets_the_whole_body_and_the_path_decoded_once() -> None:
    start, body = _ask(b"one ", b"two", path="/caf%C3%A9%2520")
    assert start["status"] == 200
    assert (b"set-cookie", b"a=1") in start["headers"]
    assert b"one two" in body["body"]
    assert repr(("PATH_INFO", "/café%20".encode().decode("latin-1"))).encode() in body["body"]


def test_a_stream_is_served_by_itself() -> None:
    assert _ask(path="/live")[1]["body"] == b"live"


def test_what_can_wait_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many calm readings are stuck, a page is answered; and they are turned away before they pile up."""
    monkeypatch.setattr("rightaway.server.bridge._CALM_WAITING", 64)
    stuck = threading.Event()

    def site(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/calm":
            assert stuck.wait(30)
        return _echo(environ, start_response)

    async def ask(bridge: Bridge, path: str) -> int:
        return int((await _started(bridge, path))["status"])

    async def all_of_it() -> None:
        bridge = Bridge(site, {}, threads=2, calm=frozenset({"/calm"}))
        calm = [asyncio.create_task(ask(bridge, "/calm")) for _ in range(100)]
        try:
            assert [await ask(bridge, "/") for _ in range(5)] == [200] * 5
        finally:
            stuck.set()
        assert sorted(await asyncio.gather(*calm)) == [200] * 64 + [503] * 36

    asyncio.run(all_of_it())


def test_the_busier_it_is_the_seldomer_one_comes_for_what_can_wait() -> None:
    """As often as pages run at once; and not for long after they did."""
    stuck = threading.Event()

    def site(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/slow":
            assert stuck.wait(30)
        return _echo(environ, start_response)

    async def pace_of(bridge: Bridge, path: str = "/calm") -> str:
        headers = dict((await _started(bridge, path))["headers"])
        return str(headers.get(b"live-pace", b"none").decode())

    async def all_of_it() -> None:
        bridge = Bridge(site, {}, threads=24, calm=frozenset({"/calm"}))
        assert await pace_of(bridge) == "1"
        assert await pace_of(bridge, "/") == "none"
        slow = [asyncio.create_task(pace_of(bridge, "/slow")) for _ in range(20)]
        try:
            await asyncio.sleep(0)
            assert int(await pace_of(bridge)) > 1
            assert int(await pace_of(bridge, "/static")) > 1
            bridge._lane._came_at -= 60
            assert await pace_of(bridge) == "1"
        finally:
            stuck.set()
        await asyncio.gather(*slow)

    asyncio.run(all_of_it())


def test_what_fails_or_is_wanted_no_more_leaves_its_thread_to_others() -> None:
    """One thread: an error is its asker's, and who goes away keeps nobody waiting."""
    stuck = threading.Event()

    def site(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/slow":
            assert stuck.wait(30)
        if environ["PATH_INFO"] == "/broken":
            raise ValueError("broken")
        return _echo(environ, start_response)

    async def all_of_it() -> None:
        bridge = Bridge(site, {}, threads=1)
        with pytest.raises(ValueError, match="broken"):
            await _started(bridge, "/broken")
        slow = asyncio.create_task(_started(bridge, "/slow"))
        await asyncio.sleep(0.1)
        slow.cancel()
        with pytest.raises(asyncio.CancelledError):
            await slow
        stuck.set()
        assert (await _started(bridge, "/"))["status"] == 200
        assert bridge._lane._running == 0

    asyncio.run(all_of_it())


def test_a_header_with_an_underscore_cannot_pass_for_another() -> None:
    body = _ask(headers=[(b"x_forwarded_proto", b"https"), (b"cookie", b"a=1"), (b"cookie", b"b=2")])[1]["body"]
    assert b"FORWARDED" not in body
    assert b"a=1; b=2" in body


def test_a_body_without_end_is_refused() -> None:
    start, body = _ask(*[b"x" * 1_000_000] * (LONGEST_BODY // 1_000_000 + 1))
    assert start["status"] == 413
    assert b"/problems/too-large" in body["body"]
