"""Live hints, as server-sent events: something of yours changed, look again.

One connection to the database listens for the whole process. A stream holds no transaction and no connection; who
it is for is asked again every 30 seconds. Hints are never replayed: on `resync` the page reads its live parts once.
"""

import asyncio
import json
import logging
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from http.cookies import SimpleCookie
from importlib import import_module
from itertools import chain
from typing import Any, Final
from uuid import UUID

import psycopg
from django.conf import settings
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse

from rightaway.api.door import credentials
from rightaway.api.problems import problem
from rightaway.ledger.errors import MethodNotAllowed, RightawayError, TryLater
from rightaway.ledger.events import HINT_CHANNEL
from rightaway.ledger.ids import new_id
from rightaway.ledger.tenancy import organisation
from rightaway.people.acting import acting
from rightaway.work import audience
from rightaway.work.audience import Hint, Listener

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

BEAT_SECONDS: Final = 15.0
CHECK_SECONDS: Final = 30.0
GATHER_SECONDS: Final = 0.005  # hints of one burst go out together,
BETWEEN_SECONDS: Final = 0.03  # and of an organisation where much happens, so often at most,
BUSY_BETWEEN_SECONDS: Final = 0.06  # or so often where finding out who hears them takes long
FREE_SECONDS: Final = 0.25  # those of what is merely free go to everybody, and are in less of a hurry:
FREE_BETWEEN_SECONDS: Final = 1.0  # where much happens, so often at most
MOST_STREAMS: Final = 4000
MOST_EACH: Final = 20  # of one person or key
AGAIN_SECONDS: Final = 0.1  # between two pages that read everything again: after a restart all of them want to
_WAITING: Final = 64  # batches a slow reader may be behind
_RESYNC: Final = b'event: resync\ndata: {"after":0}\n\n'
_BEAT: Final = b"event: beat\ndata: []\n\n"  # not a comment: a page that wakes up must see that the line is dead

_log = logging.getLogger("rightaway.stream")
_threads = ThreadPoolExecutor(2, thread_name_prefix="stream")


@dataclass(eq=False, slots=True)
class Stream:
    """One open stream: what it waits to send."""

    organisation_id: int
    listener: Listener
    in_doubt: bool = False  # something was said of their membership or key: they are asked for again at once
    free: list[audience.Free] = field(default_factory=list)  # hints of what is free, in order, that are not sent yet
    queue: "asyncio.Queue[bytes]" = field(default_factory=lambda: asyncio.Queue(_WAITING))

    def put(self, message: bytes) -> None:
        if self.queue.full():
            # Too far behind: one resync stands for everything missed.
            while not self.queue.empty():
                self.queue.get_nowait()
            message = _RESYNC
        self.queue.put_nowait(message)


class Hub:
    """The process's streams, and the one connection that listens for them."""

    def __init__(self) -> None:
        self._streams: defaultdict[int, set[Stream]] = defaultdict(set)
        self._actors: Counter[UUID | None] = Counter()
        self._pending: defaultdict[int, list[Hint]] = defaultdict(list)
        self._next_telling: dict[int, float] = {}  # by the loop's time
        self._next_free: dict[int, float] = {}
        self._telling_free: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._listening: asyncio.Task[None] | None = None
        self._hears = False
        self._between = BETWEEN_SECONDS
        self._next_reading = 0.0  # by the loop's time

    def join(self, stream: Stream) -> None:
        """Raises TryLater when there are too many."""
        if self._actors.total() >= MOST_STREAMS or self._actors[stream.listener.actor.id] >= MOST_EACH:
            raise TryLater
        self._actors[stream.listener.actor.id] += 1
        self._streams[stream.organisation_id].add(stream)
        if self._hears:
            stream.put(self._resync_in_turn())  # what was told before they listened was told to nobody there
        if self._listening is None or self._listening.done():
            self._listening = asyncio.create_task(self._listen())

    def leave(self, stream: Stream) -> None:
        self._actors[stream.listener.actor.id] -= 1
        self._actors += Counter()  # forgets who has none left
        found = self._streams[stream.organisation_id]
        found.discard(stream)
        if not found:
            del self._streams[stream.organisation_id]
            self._next_telling.pop(stream.organisation_id, None)
            self._next_free.pop(stream.organisation_id, None)

    async def _listen(self) -> None:
        pause = 0.5
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(settings.LISTEN_CONNINFO, autocommit=True) as conn:
                    await conn.execute(f"LISTEN {HINT_CHANNEL}")
                    self._hears = True
                    self._resync()  # what was told while nobody listened is lost
                    pause = 0.5
                    async for notification in conn.notifies():
                        self._take(notification.payload)
            except psycopg.Error as error:
                _log.warning("the connection that listens for hints ended: %s", error)
            self._hears = False
            await asyncio.sleep(pause)
            pause = min(pause * 2, 10.0)

    def _resync(self) -> None:
        for streams in self._streams.values():
            for stream in streams:
                stream.put(self._resync_in_turn())

    def _resync_in_turn(self) -> bytes:
        """Tells a page when it is its turn to read everything again: at once, unless many want to."""
        now = asyncio.get_running_loop().time()
        at = max(now, self._next_reading)
        self._next_reading = at + AGAIN_SECONDS
        return f'event: resync\ndata: {{"after":{round((at - now) * 1000)}}}\n\n'.encode()

    def _take(self, payload: str) -> None:
        told = json.loads(payload)
        organisation_id = told["organisation"]
        if organisation_id not in self._streams:
            return
        first = not self._pending[organisation_id]
        self._pending[organisation_id] += [(kind, id, event) for kind, id, event in told["hints"]]
        if first:
            task = asyncio.create_task(self._tell(organisation_id))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _tell(self, organisation_id: int) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(GATHER_SECONDS, self._next_telling.get(organisation_id, 0.0) - loop.time()))
        began = loop.time()
        self._next_telling[organisation_id] = began + self._between
        hints = list(dict.fromkeys(self._pending.pop(organisation_id, ())))
        try:
            items = await loop.run_in_executor(_threads, _involved, organisation_id, hints)
        except Exception:
            _log.exception("hints of organisation %s could not be told", organisation_id)
            for stream in self._streams.get(organisation_id, ()):
                stream.put(_RESYNC)
            return
        self._between = min(max(BETWEEN_SECONDS, 3 * (loop.time() - began)), BUSY_BETWEEN_SECONDS)
        about_rights = [hint for hint in hints if hint[0] in audience.RIGHTS]
        crowd = audience.Crowd(hints, items)
        for stream in list(self._streams.get(organisation_id, ())):
            if about_rights and any(audience.is_about(stream.listener, hint) for hint in about_rights):
                stream.in_doubt = True
                stream.put(_BEAT)
            own, free = crowd.heard_by(stream.listener)
            if free:
                stream.free.append(free)
            if own:
                stream.put(_message(own))
        if organisation_id not in self._telling_free:
            self._telling_free.add(organisation_id)
            at = max(loop.time() + FREE_SECONDS, self._next_free.get(organisation_id, 0.0))
            loop.call_at(at, self._tell_free, organisation_id)

    def _tell_free(self, organisation_id: int) -> None:
        self._telling_free.discard(organisation_id)
        self._next_free[organisation_id] = asyncio.get_running_loop().time() + FREE_BETWEEN_SECONDS
        messages: dict[tuple[int, ...], bytes] = {}  # many hear the very same
        for stream in self._streams.get(organisation_id, ()):
            if stream.free:
                same = tuple(map(id, stream.free))
                if same not in messages:
                    messages[same] = _message(tuple(dict.fromkeys(chain.from_iterable(stream.free))))
                stream.put(messages[same])
                stream.free = []


@lru_cache(maxsize=64)
def _message(hints: tuple[Hint, ...]) -> bytes:
    return f"event: hints\ndata: {json.dumps(hints, separators=(',', ':'))}\n\n".encode()


_hub = Hub()


def _involved(organisation_id: int, hints: list[Hint]) -> dict[str, audience.Involved]:
    close_old_connections()  # as between requests: one that broke must not stay
    with organisation(organisation_id, read_only=True):
        return audience.involved(hints)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """GET /api/v1/stream, as ASGI."""
    request = _request(scope)
    request_id = request.META.get("HTTP_X_REQUEST_ID") or str(new_id())
    try:
        if request.method != "GET":
            raise MethodNotAllowed(allowed=["GET"])
        stream = await _ask(request)
        _hub.join(stream)
    except Exception as error:
        await _refuse(send, problem(request, error, request_id))
        return
    gone = asyncio.create_task(_disconnected(receive))
    gone.add_done_callback(lambda _: stream.put(_BEAT))  # so that it wakes up
    try:
        await _serve(request, stream, send, gone, request_id)
    finally:
        _hub.leave(stream)
        gone.cancel()


async def _ask(request: HttpRequest) -> Stream:
    return await asyncio.get_running_loop().run_in_executor(_threads, _who, request)


def _who(request: HttpRequest) -> Stream:
    """Runs in a thread. Raises NotSignedIn."""
    close_old_connections()
    request.session = _session(request)
    found = credentials(request)
    with acting(found, read_only=True) as who:
        return Stream(found.organisation_id, audience.listener(who.actor))


def _session(request: HttpRequest) -> Any:
    """Read afresh each time: a session that has ended must end its streams."""
    return import_module(settings.SESSION_ENGINE).SessionStore(request.COOKIES.get(settings.SESSION_COOKIE_NAME))


async def _serve(request: HttpRequest, stream: Stream, send: Send, gone: "asyncio.Task[None]", request_id: str) -> None:
    headers = {
        "Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no",
        "X-Content-Type-Options": "nosniff", "X-Request-Id": request_id,
    }  # fmt: skip
    await _start(send, 200, headers)
    await _write(send, b"retry: 2000\n\n")
    loop = asyncio.get_running_loop()
    check_at = loop.time() + CHECK_SECONDS
    while not gone.done():
        message = await _next(stream, min(BEAT_SECONDS, max(0.0, check_at - loop.time())))
        if stream.in_doubt or loop.time() >= check_at:
            stream.in_doubt = False
            if not await _still(request, stream):
                return
            check_at = loop.time() + CHECK_SECONDS
        if not gone.done():
            await _write(send, message or _BEAT)


async def _next(stream: Stream, seconds: float) -> bytes | None:
    """What there is to send, or None: nothing for so long."""
    try:
        async with asyncio.timeout(seconds):
            return await stream.queue.get()
    except TimeoutError:
        return None


async def _still(request: HttpRequest, stream: Stream) -> bool:
    """Whether they still may listen; what they may hear now."""
    try:
        found = await _ask(request)
    except RightawayError:
        return False
    same = found.listener.actor.id == stream.listener.actor.id
    stream.listener = found.listener if same else stream.listener
    return same


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _request(scope: Scope) -> HttpRequest:
    """As much of a request as finding out who it is from needs."""
    request = HttpRequest()
    request.method, request.path = scope["method"], scope["path"]
    for name, value in scope["headers"]:
        text = value.decode("latin-1")
        request.META[f"HTTP_{name.decode('latin-1').upper().replace('-', '_')}"] = text
        if name == b"cookie":
            request.COOKIES |= {each.key: each.value for each in SimpleCookie(text).values()}
    return request


async def _refuse(send: Send, response: HttpResponse) -> None:
    await _start(send, response.status_code, {**response.headers, "Cache-Control": "no-store"})
    await send({"type": "http.response.body", "body": response.content})


async def _start(send: Send, status: int, headers: dict[str, str]) -> None:
    encoded = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": encoded})


async def _write(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})
