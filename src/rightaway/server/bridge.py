"""One port for both kinds of answer: short ones by Django's WSGI side in threads, live streams by ASGI.

Django's own ASGI side hops between its loop and its threads for each middleware, and is several times slower.
Here a request crosses once, whole, and its answer once back.
"""

import asyncio
import io
import json
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from typing import Any
from urllib.parse import unquote_to_bytes

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]
WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
Answer = tuple[int, list[tuple[bytes, bytes]], bytes]

LONGEST_BODY = 16_000_000  # bytes; what each page or call takes is less, and its own to say
_BODILESS = frozenset({"GET", "HEAD"})
_WAITING_PER_THREAD = 64
_CALM_WAITING = 2048  # a whole process's pages after a restart
_SLOWEST_PACE = 8
_PACE_SECONDS = 5.0  # how long a lane that nobody uses passes for busy


class Bridge:
    """An ASGI application: `streams` by exact path, everything else by the WSGI application in `threads` threads.

    What can wait has one more thread of its own, by the path in `calm`: it keeps nobody waiting who is in a hurry. The
    header Live-Pace tells how many times less often than usual one should come for it: there, and while it is busy with
    every answer.
    """

    def __init__(
        self, wsgi: WsgiApp, streams: Mapping[str, AsgiApp], *, threads: int, calm: frozenset[str] = frozenset()
    ) -> None:
        self._streams = streams
        self._calm = calm
        self._lane = _Lane(wsgi, threads, threads * _WAITING_PER_THREAD, "page")
        self._calm_lane = _Lane(wsgi, 1, _CALM_WAITING, "calm")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        stream = self._streams.get(scope["path"])
        if stream is not None:
            await stream(scope, receive, send)
            return
        status, headers, body = await self._answer(scope, receive)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        lane = self._calm_lane if scope["path"] in self._calm else self._lane
        if lane.is_full:
            return _problem(503, "try-later", "Too busy just now. Nothing was stored; send it again shortly.")
        body = b"" if scope["method"] in _BODILESS else await _whole_body(receive)
        if body is None:
            return _problem(413, "too-large", "The request is larger than allowed.")
        status, headers, answer = await lane.run(environ(scope, body))
        pace = self._lane.pace
        if pace > 1 or lane is self._calm_lane:
            headers = [*headers, (b"live-pace", str(pace).encode())]
        return status, headers, answer


class _Lane:
    """Some threads, and at most so many requests that they work on or have before them.

    Python's own executor has two futures for each request, of which one hears from the other: that took a quarter of
    what it costs to take a request over and its answer back."""

    def __init__(self, wsgi: WsgiApp, threads: int, most: int, name: str) -> None:
        self._wsgi = wsgi
        self._requests: SimpleQueue[tuple[asyncio.Future[Answer], dict[str, Any]]] = SimpleQueue()
        self._most = most
        self._running = 0
        self._busy, self._came_at = 1.0, 0.0  # how many run at once, lately; when the last one came
        for number in range(threads):
            threading.Thread(target=self._work, name=f"{name}-{number}", daemon=True).start()

    @property
    def pace(self) -> int:
        """How many times less often than usual one should come for what can wait: as many as run here at once."""
        if time.monotonic() - self._came_at > _PACE_SECONDS:
            return 1
        return min(_SLOWEST_PACE, max(1, round(self._busy)))

    @property
    def is_full(self) -> bool:
        return self._running >= self._most

    async def run(self, request: dict[str, Any]) -> Answer:
        self._running += 1
        self._came_at = time.monotonic()
        self._busy += (self._running - self._busy) / 8
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._requests.put((answer, request))
        try:
            return await answer
        finally:
            self._running -= 1

    def _work(self) -> None:
        while True:
            self._serve(*self._requests.get())  # a frame of its own: nothing of it is kept until the next one comes

    def _serve(self, answer: "asyncio.Future[Answer]", request: dict[str, Any]) -> None:
        try:
            tell = partial(_tell, answer, call(self._wsgi, request))
        except BaseException as error:
            tell = partial(_fail, answer, error)
        with suppress(RuntimeError):  # nobody waits any more: the process is ending
            answer.get_loop().call_soon_threadsafe(tell)


def _tell(answer: "asyncio.Future[Answer]", found: Answer) -> None:
    if not answer.done():  # whoever asked may have gone
        answer.set_result(found)


def _fail(answer: "asyncio.Future[Answer]", error: BaseException) -> None:
    if not answer.done():
        answer.set_exception(error)


async def _whole_body(receive: Receive) -> bytes | None:
    """The request's body, or None when it is too long."""
    chunks, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b""
        size += len(message.get("body", b""))
        if size > LONGEST_BODY:
            return None
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(chunks)


def environ(scope: Scope, body: bytes) -> dict[str, Any]:
    """The request as WSGI wants it (PEP 3333): bytes are shown as Latin-1 text."""
    server = scope.get("server") or ("localhost", 80)
    client = scope.get("client") or ("", 0)
    path = scope.get("raw_path") or scope["path"].encode()
    found: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path.split(b"?", 1)[0]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "REMOTE_ADDR": client[0],
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        _add_header(found, name, value)
    return found


def _add_header(found: dict[str, Any], name: bytes, value: bytes) -> None:
    if b"_" in name or name == b"content-length":
        return  # X_Forwarded_For would pass for X-Forwarded-For; the length is what was really read
    text = value.decode("latin-1")
    if name == b"content-type":
        found["CONTENT_TYPE"] = text
        return
    key = "HTTP_" + name.decode("latin-1").upper().replace("-", "_")
    found[key] = f"{found[key]}{'; ' if name == b'cookie' else ','}{text}" if key in found else text


def call(wsgi: WsgiApp, request: dict[str, Any]) -> Answer:
    """Runs the WSGI application to its end, in this thread."""
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> None:
        started.append((status, headers))

    chunks = wsgi(request, start_response)
    try:
        body = b"".join(chunks)
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()
    status, headers = started[-1]
    return (
        int(status[:3]),
        [(name.lower().encode("latin-1"), value.strip().encode("latin-1")) for name, value in headers],
        body,
    )


def _problem(status: int, slug: str, title: str) -> Answer:
    body = json.dumps({"type": f"/problems/{slug}", "title": title, "status": status}).encode()
    headers = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(body)).encode())]
    return status, [*headers, (b"retry-after", b"2")] if status == 503 else headers, body
