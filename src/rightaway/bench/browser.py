"""Open pages as a browser has them: a stream, and the live parts of the page that its hints read again.

Speaks HTTP over asyncio's own sockets, so that thousands fit into one process. Follows `frontend/src/live.js`: a part
is read when one of its topics changes, at most once in its `data-live-every`, and once when the line is (again) open,
in its turn; those that share a request are read in one, and so are those that wait for more hints, as seldom as the
server's pace says. Those that can be asked for what the hints are about alone are.
"""

import asyncio
import html
import json
import re
import shutil
import time
import zlib
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from random import random
from typing import Any, Final
from urllib.parse import urlencode

Headers = dict[str, str]
Shown = Callable[[str, float], None]
"""Gets the HTML of a part, and when it was there (monotonic seconds)."""

_MOST_CONNECTIONS: Final = 5  # a browser has six for a site, of which the stream takes one
_EVERY_MS: Final = 300
_TOGETHER: Final = "/frame/together"
_SHARED: Final = "/frame/shared"
_PART: Final = re.compile(r"<[a-z]+ [^>]*?data-live=[^>]*>")
_SEEN: Final = re.compile(r'name="seen" value="([^"]+)"|id="offer-([^"]+)" data-as-is')
_MOST_ABOUT: Final = 20
_WHOLE_SECONDS: Final = 15.0


def chromium() -> str | None:
    """The path of a Chromium that is installed here."""
    names = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
    return next((found for name in names if (found := shutil.which(name))), None)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Headers
    body: bytes  # as it came over the line

    @property
    def text(self) -> str:
        packed = self.headers.get("content-encoding") == "gzip"
        return (zlib.decompress(self.body, wbits=31) if packed else self.body).decode()


class Connections:
    """Keeps up to a few connections to one site, and the cookies that it sets, as a browser does. Not for two loops."""

    def __init__(
        self, port: int, headers: Headers, *, cookies: Headers | None = None, most: int = _MOST_CONNECTIONS
    ) -> None:
        self._port = port
        self._headers = {"Host": f"localhost:{port}", "Accept-Encoding": "gzip", **headers}
        self._cookies = cookies or {}
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._places = asyncio.Semaphore(most)

    async def call(self, method: str, path: str, headers: Headers | None = None, body: bytes = b"") -> Answer:
        """Raises OSError or EOFError when the site is not there."""
        async with self._places:
            reader, writer = self._free.pop() if self._free else await self._connect()
            try:
                writer.write(_request(method, path, {**self._sent(), **(headers or {})}, body))
                answer = await _answer(reader)
            except BaseException:
                writer.close()
                raise
            self._free.append((reader, writer))
            for each in answer.headers.get("set-cookie", "").splitlines():
                name, _, value = each.partition(";")[0].partition("=")
                self._cookies[name] = value
            return answer

    async def get(self, path: str, headers: Headers | None = None) -> Answer:
        return await self.call("GET", path, headers)

    async def stream(self, path: str) -> AsyncIterator[tuple[str, str]]:
        """(event, data) of server-sent events, until the line is cut. The first is ("open", "")."""
        reader, writer = await self._connect()
        try:
            writer.write(_request("GET", path, {**self._sent(), "Accept": "text/event-stream"}, b""))
            status, headers = await _head(reader)
            if status != 200:
                raise OSError(f"the stream was refused: {status}")
            yield "open", ""
            event, data = "", ""
            async for line in _lines(reader, chunked=headers.get("transfer-encoding") == "chunked"):
                name, _, value = line.partition(": ")
                if name == "event":
                    event = value
                elif name == "data":
                    data = value
                elif not line and event:
                    yield event, data
                    event = data = ""
        finally:
            writer.close()

    def _sent(self) -> Headers:
        cookie = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        return {**self._headers, "Cookie": cookie} if cookie else self._headers

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self._port, limit=1 << 20)

    def close(self) -> None:
        for _reader, writer in self._free:
            writer.close()
        self._free.clear()


def _request(method: str, path: str, headers: Headers, body: bytes) -> bytes:
    if body or method != "GET":
        headers = {**headers, "Content-Length": str(len(body))}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _head(reader: asyncio.StreamReader) -> tuple[int, Headers]:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers: Headers = {}
    for line in lines:
        name, _, value = line.partition(": ")
        name = name.lower()
        headers[name] = f"{headers[name]}\n{value}" if name in headers else value
    return int(first.split()[1]), headers


async def _answer(reader: asyncio.StreamReader) -> Answer:
    status, headers = await _head(reader)
    if headers.get("transfer-encoding") == "chunked":
        body = b"".join([chunk async for chunk in _chunks(reader)])
    else:
        body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Answer(status, headers, body)


async def _chunks(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while size := int(await reader.readuntil(b"\r\n"), 16):
        yield (await reader.readexactly(size + 2))[:-2]
    await reader.readuntil(b"\r\n")


async def _lines(reader: asyncio.StreamReader, *, chunked: bool) -> AsyncIterator[str]:
    rest = b""
    if chunked:
        async for chunk in _chunks(reader):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                yield line.decode()
    else:
        while line := await reader.readline():
            yield line.decode().rstrip("\n")


@dataclass(frozen=True, slots=True)
class Told:
    """What one message of the stream tells: its hints (kind, id, event); each subject as `kind:id`, and each kind with
    its event."""

    hints: tuple[tuple[str, str, str], ...]
    subjects: frozenset[str]
    events: frozenset[tuple[str, str]]


@lru_cache(maxsize=64)
def _told(data: str) -> Told:
    """Many pages hear the very same."""
    hints = tuple((kind, id, event) for kind, id, event in json.loads(data))
    return Told(
        hints, frozenset(f"{kind}:{id}" for kind, id, _ in hints), frozenset((kind, event) for kind, _, event in hints)
    )


@dataclass(eq=False, slots=True)
class Part:
    """A live part of a page: its topics, but for these events of those that name no id; where it is read, at most how
    often, and how long after a hint (seconds). `able`: the kind of the hints of which it can be asked `about` alone."""

    id: str
    topics: frozenset[str]
    but: frozenset[str]
    path: str
    every: float
    after: float
    sends_seen: bool
    shares: bool
    able: str = ""
    at: float = -1e9
    whole_at: float = -1e9
    whole: bool = False
    about: set[str] = field(default_factory=set)
    waiting: "asyncio.Task[None] | None" = None
    seen: list[str] = field(default_factory=list)

    def turn(self, pace: int) -> float:
        """When it may be read again (monotonic seconds)."""
        return self.at + self.every * (pace if self.after else 1)

    def concerned(self, told: Told) -> bool:
        return not told.subjects.isdisjoint(self.topics) or any(map(self._follows, told.events))

    def _follows(self, what: tuple[str, str]) -> bool:
        kind, event = what
        return kind in self.topics and event not in self.but

    def hear(self, told: Told) -> None:
        """Its next reading is about what of this is of concern to it."""
        for kind, id, event in told.hints:
            if f"{kind}:{id}" in self.topics or self._follows((kind, event)):
                if kind == self.able:
                    self.about.add(id)
                else:
                    self.whole = True


def _asked_about(parts: list[Part]) -> set[str]:
    """What those that can be are asked about alone; nothing: everything."""
    able, now = [part for part in parts if part.able], time.monotonic()
    about = {id for part in able for id in part.about}
    if any(part.whole or part.whole_at < now - _WHOLE_SECONDS for part in able) or len(about) > _MOST_ABOUT:
        about = set()
    for part in able:
        part.about, part.whole = set(), False
        part.whole_at = part.whole_at if about else now
    return about


def parts_of(page: str) -> list[Part]:
    """The live parts of a page's HTML."""
    found = []
    for tag in _PART.findall(page):
        attributes = {name: html.unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', tag)}
        found.append(
            Part(
                attributes.get("id", attributes["hx-get"]), frozenset(attributes["data-live"].split()),
                frozenset(attributes.get("data-live-but", "").split()), attributes["hx-get"],
                int(attributes.get("data-live-every", _EVERY_MS)) / 1000,
                int(attributes.get("data-live-after", 0)) / 1000,
                sends_seen="seen" in attributes.get("hx-include", ""), shares="data-live-shared" in tag,
                able=attributes.get("data-live-about", ""),
            )
        )  # fmt: skip
    return found


class OpenPage:
    """A page that somebody has open. `shown` hears of every part that is read, `heard` of every stream's event."""

    def __init__(
        self, port: int, session: str, path: str, *, shown: Shown, heard: Callable[[str, str], None] | None = None
    ) -> None:
        self.connections = Connections(port, {}, cookies={"session": session, "language": "en"})
        self.session, self.path, self._shown, self._heard = session, path, shown, heard
        self.parts: list[Part] = []
        self.reads = self.refused = 0
        self.pace = 1
        self.opened = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    async def load(self) -> None:
        answer = await self.connections.get(self.path)
        assert answer.status == 200, (answer.status, answer.headers)
        self.parts = parts_of(answer.text)
        self._shown(answer.text, time.monotonic())

    def start(self) -> None:
        """Opens the stream, and opens it again when the line is cut, after the two seconds that the site asks for."""
        self._spawn(self._listen())

    def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        self.connections.close()

    def copy_parts(self) -> list[Part]:
        """The page's parts, as another one of the same page would have them."""
        return [replace(part, seen=[], about=set()) for part in self.parts]

    async def _listen(self) -> None:
        while True:
            with suppress(OSError, EOFError, ValueError):
                async for event, data in self.connections.stream("/api/v1/stream"):
                    self._hear(event, data)
            await asyncio.sleep(2.0)

    def _hear(self, event: str, data: str) -> None:
        if self._heard is not None:
            self._heard(event, data)
        if event == "open":
            self.opened.set()
        elif event == "resync":
            self._spawn(self._read_all(json.loads(data)["after"] / 1000))
        elif event == "hints":
            told = _told(data)
            concerned = [part for part in self.parts if part.concerned(told)]
            for part in concerned:
                part.hear(told)
            self._read(concerned)

    async def _read_all(self, after: float) -> None:
        await asyncio.sleep(after)
        self._read_whole(self.parts)

    def _read_whole(self, parts: Iterable[Part]) -> None:
        for part in parts:
            part.whole = True
        self._read(parts)

    def _read(self, parts: Iterable[Part]) -> None:
        for part in parts:
            if part.waiting is None:
                part.waiting = self._spawn(self._wait(part))

    def _spawn(self, work: Any) -> "asyncio.Task[None]":
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _wait(self, part: Part) -> None:
        since, spread = time.monotonic(), 1 + random()
        while (left := max(part.turn(self.pace), since + part.after * spread * self.pace) - time.monotonic()) > 0:
            await asyncio.sleep(left)
        now = time.monotonic()
        also = [each for each in self.parts if each is not part and self._goes_with(part, each, now)]
        for each in also:
            assert each.waiting is not None
            each.waiting.cancel()
        for each in (part, *also):
            each.at, each.waiting = now, None
        await self._fire([part, *also])

    def _goes_with(self, part: Part, other: Part, now: float) -> bool:
        """Whether it waits for nothing but that one: its turn has come, and both are of the kind that goes together."""
        together = (part.after and other.after) or (part.shares and other.shares)
        return bool(together) and other.waiting is not None and now >= other.turn(self.pace)

    async def _fire(self, parts: list[Part]) -> None:
        part = parts[0]
        query = [("seen", id) for each in parts if each.sends_seen for id in each.seen]
        path = part.path
        if part.after or len(parts) > 1:
            path = _TOGETHER if part.after else _SHARED
            query += [("read", each.path) for each in parts]
        query += [("about", id) for id in _asked_about(parts)]
        if query:
            path += f"?{urlencode(query)}"
        with suppress(OSError, EOFError):
            answer = await self.connections.get(path, {"HX-Request": "true"})
            if answer.status != 200:
                self.refused += 1
                await asyncio.sleep(5.0 * (0.5 + random()))
                self._read_whole(parts)
                return
            text = answer.text
            self.pace = int(answer.headers.get("live-pace", self.pace))
            for each in parts:
                if each.sends_seen:
                    each.seen = [shown or as_is for shown, as_is in _SEEN.findall(text)]
            self.reads += len(parts)
            self._shown(text, time.monotonic())
