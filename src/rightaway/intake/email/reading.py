"""Reads one mail: bytes on its standard input, JSON on its standard output. Run as a process of its own.

Mails are hostile: they nest, they bomb, they crash parsers. This process has limits of time and memory, knows no
database and no secret, and may die; whoever started it keeps the bytes. It imports nothing of Django.
"""

import base64
import json
import re
import resource
import sys
from collections.abc import Iterator
from email import policy
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.parser import BytesParser
from email.utils import getaddresses
from html import unescape
from itertools import islice
from typing import Any, Final

import nh3
from charset_normalizer import from_bytes

LARGEST_RAW: Final = 25_000_000  # bytes
MOST_LEVELS, MOST_PARTS, MOST_HEADERS = 20, 200, 1000
SECONDS: Final = 15
_MEMORY: Final = 1_500_000_000  # bytes of address space
LONGEST_TEXT, LONGEST_HTML = 100_000, 300_000  # characters that are kept
MOST_FILES: Final = 50
_LONGEST_LINE: Final = 998
_MOST_RECIPIENTS: Final = 100
_TAGS: Final = {
    "a", "abbr", "b", "blockquote", "br", "code", "dd", "del", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "hr",
    "i", "li", "ol", "p", "pre", "q", "s", "small", "span", "strong", "sub", "sup", "table", "tbody", "td", "tfoot",
    "th", "thead", "tr", "u", "ul",
}  # fmt: skip
_AWAY: Final = {"script", "style", "title", "head", "noscript", "template", "svg", "math", "iframe", "object"}
_BLOCK: Final = re.compile(r"<(?:br|/p|/div|/tr|/li|/h[1-6]|/blockquote|hr)\b[^>]*>", re.I)
_TAG: Final = re.compile(r"<[^>]*>")
_ID: Final = re.compile(r"<([^<>\s]{1,900})>")
_RECIPIENT: Final = re.compile(r"(?:rfc822|utf-8)\s*;\s*<?([^\s<>;]{3,320})>?", re.I)
_DAEMON: Final = re.compile(r"(?:mailer-daemon|postmaster)@", re.I)
_DMARC: Final = re.compile(r"\bdmarc\s*=\s*([a-z]{1,20})", re.I)


class Refused(Exception):
    """The mail is beyond a limit; the message says which."""


class _EightBit(policy.Compat32):
    """Headers may hold plain UTF-8, or an older charset: many programs write names and file names so."""

    def header_fetch_parse(self, name: str, value: str) -> Any:
        if not _has_surrogates(value):
            return value
        found = value.encode("utf-8", "surrogateescape")
        try:
            return found.decode()
        except ValueError:
            return found.decode("latin-1")


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    sys.setrecursionlimit(2000)
    raw = sys.stdin.buffer.read(LARGEST_RAW + 1)
    try:
        found = read(raw)
    except Refused as error:
        found = {"refused": str(error)}
    sys.stdout.write(json.dumps(found))


def read(raw: bytes) -> dict[str, Any]:
    """What the mail says, as JSON can carry it. Raises Refused; anything else that is raised is the parser's own."""
    if len(raw) > LARGEST_RAW:
        raise Refused("too_large")
    _refuse_bombs(raw)
    mail = BytesParser(policy=_EightBit()).parsebytes(raw)
    parts = list(_parts(mail, 0))
    texts, htmls, files = _contents(parts)
    html = "\n".join(htmls)
    text = "\n".join(texts) if any(each.strip() for each in texts) else _as_text(html)
    return {
        "message_id": _first_id(mail, "Message-ID"), "threads": _ids(mail, "In-Reply-To", "References"),
        "from": _addresses(mail, "From")[:1], "reply_to": _addresses(mail, "Reply-To")[:1],
        "to": [address for _, address in _addresses(mail, "X-Original-To", "Delivered-To", "To", "Cc", "Envelope-To")],
        "subject": _header(mail, "Subject")[:_LONGEST_LINE], "text": text[:LONGEST_TEXT],
        "html": _clean(html)[:LONGEST_HTML] if html.strip() else "", "cut": len(text) > LONGEST_TEXT,
        "automatic": _automatic(mail), "bounce": _bounce(mail, parts), "dmarc": _dmarc(mail), "files": files,
    }  # fmt: skip


def _refuse_bombs(raw: bytes) -> None:
    """What would cost the parser itself too much, told from the bytes."""
    head = raw.split(b"\r\n\r\n", 1)[0] if b"\r\n\r\n" in raw else raw.split(b"\n\n", 1)[0]
    if head.count(b"\n") > MOST_HEADERS:
        raise Refused("too_many_headers")
    if raw.lower().count(b"content-type:") > 4 * MOST_PARTS:
        raise Refused("too_many_parts")


def _parts(mail: Message, level: int) -> Iterator[Message]:
    """Every part that is no container, depth first. Raises Refused."""
    count, stack = 0, [(mail, level)]
    while stack:
        part, depth = stack.pop()
        count += 1
        if depth > MOST_LEVELS:
            raise Refused("too_deep")
        if count > MOST_PARTS:
            raise Refused("too_many_parts")
        below = part.get_payload() if part.is_multipart() else None
        if isinstance(below, list):
            if part.get_content_type() == "message/rfc822" and depth > 0:
                yield part
            else:
                stack += [(each, depth + 1) for each in reversed(below) if isinstance(each, Message)]
        else:
            yield part


def _contents(parts: list[Message]) -> tuple[list[str], list[str], list[dict[str, str]]]:
    texts: list[str] = []
    htmls: list[str] = []
    files: list[dict[str, str]] = []
    for part in parts:
        kind = part.get_content_type()
        is_file = _is_file(part)
        if kind == "text/plain" and not is_file:
            texts.append(_decoded(part))
        elif kind == "text/html" and not is_file:
            htmls.append(_decoded(part))
        elif len(files) < MOST_FILES and not kind.startswith("message/delivery-status"):
            content = part.as_bytes() if part.is_multipart() else _bytes(part)
            name = _plain_name(part)
            files.append({"name": name, "kind": kind, "content": base64.b64encode(content).decode()})
    return texts, htmls, files


def _is_file(part: Message) -> bool:
    disposition = str(part.get("Content-Disposition", "")).strip().lower()
    return disposition.startswith("attachment") or bool(_file_name(part))


def _file_name(part: Message) -> str:
    try:
        found = part.get_filename()
    except (ValueError, LookupError, TypeError):
        return ""
    return _unfold(found) if found else ""


def _plain_name(part: Message) -> str:
    """What the sender called it, without any path; never used as a name on our disk."""
    name = re.split(r"[/\\]", _file_name(part))[-1].strip().strip(".")
    return name[:200] or {"message/rfc822": "mail.eml", "text/calendar": "invite.ics"}.get(
        part.get_content_type(), "file"
    )


def _bytes(part: Message) -> bytes:
    try:
        found = part.get_payload(decode=True)
    except (ValueError, LookupError, AttributeError, AssertionError):
        found = None
    if isinstance(found, bytes):
        return found
    return str(part.get_payload()).encode("utf-8", "surrogateescape")


def _decoded(part: Message) -> str:
    raw = _bytes(part)
    try:
        return raw.decode(str(part.get_content_charset() or "utf-8"))
    except (LookupError, ValueError):
        best = from_bytes(raw[:200_000]).best()
        return raw.decode(best.encoding if best else "latin-1", "replace")


def _header(mail: Message, name: str) -> str:
    return _unfold(mail.get(name) or "")


def _unfold(value: Any) -> str:
    """One line: encoded words are read, and whatever they hide, no line break comes out of it."""
    try:
        told = decode_header(str(value))
    except (MessageError, ValueError, LookupError):
        told = [(str(value), None)]
    text = "".join(_word(word, charset) for word, charset in told)
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _word(word: Any, charset: str | None) -> str:
    if isinstance(word, str):
        return word.encode("ascii", "surrogateescape").decode("utf-8", "replace") if _has_surrogates(word) else word
    try:
        return bytes(word).decode(charset or "utf-8")
    except (LookupError, ValueError):
        return bytes(word).decode("latin-1")


def _has_surrogates(text: str) -> bool:
    return any(0xDC80 <= ord(sign) <= 0xDCFF for sign in text)


def _addresses(mail: Message, *names: str) -> list[tuple[str, str]]:
    """(name, address) of these headers, as written. Folded first: an encoded line break must not become a header."""
    lines = [str(value).replace("\r", " ").replace("\n", " ") for name in names for value in mail.get_all(name) or []]
    found = [(_unfold(name), _unfold(address)) for name, address in getaddresses(lines[:20])]
    return [(name[:300], address[:320]) for name, address in found if "@" in address][:_MOST_RECIPIENTS]


def _ids(mail: Message, *names: str) -> list[str]:
    return [found for name in names for value in mail.get_all(name) or [] for found in _ID.findall(str(value))][:100]


def _first_id(mail: Message, name: str) -> str:
    found = _ids(mail, name)
    return found[0] if found else ""


def _automatic(mail: Message) -> str:
    """Why a machine seems to have written it; empty for a person's mail (RFC 3834, 5)."""
    if _header(mail, "Auto-Submitted").lower().split(";")[0].strip() not in ("", "no"):
        return "auto_submitted"
    if _header(mail, "Return-Path").replace(" ", "") == "<>":
        return "no_return"
    if _header(mail, "Precedence").lower() in ("bulk", "junk", "list", "auto_reply"):
        return "bulk"
    if any(mail.get(name) for name in ("List-Id", "List-Unsubscribe", "X-Autoreply", "X-Autorespond", "X-Loop")):
        return "bulk"
    if _header(mail, "X-Auto-Response-Suppress").lower() in ("all", "oof"):
        return "auto_submitted"
    return "no_return" if any(_DAEMON.match(address) for _, address in _addresses(mail, "From")) else ""


def _bounce(mail: Message, parts: list[Message]) -> dict[str, Any] | None:
    """Whom a delivery report (RFC 3464) says that a mail did not reach, for good, and the ids that it quotes."""
    is_report = mail.get_content_type() == "multipart/report" and "delivery-status" in str(mail.get("Content-Type"))
    reports = [part for part in _walk(mail) if part.get_content_type() == "message/delivery-status"]
    if not is_report and not reports:
        return None
    told = "\n".join(_report_text(part) for part in reports)
    if not re.search(r"^action:\s*failed", told, re.I | re.M) and not re.search(r"^status:\s*5", told, re.I | re.M):
        return {"addresses": [], "ids": [], "reason": ""}
    fields = re.findall(r"^(?:final|original)-recipient:[ \t]*(.{1,400})$", told, re.I | re.M)
    addresses = [found[1].lower() for field in fields if (found := _RECIPIENT.search(field))]
    reason = re.search(r"^diagnostic-code:[ \t]*(.{1,300})", told, re.I | re.M)
    quoted = "\n".join(
        str(part)[:20_000]
        for part in _walk(mail)
        if part.get_content_type().startswith(("message/rfc822", "text/rfc822"))
    )
    return {
        "addresses": list(dict.fromkeys(addresses))[:20], "ids": _ID.findall(quoted)[:50],
        "reason": _unfold(reason[1]) if reason else "",
    }  # fmt: skip


def _walk(mail: Message) -> Iterator[Message]:
    yield from islice(mail.walk(), MOST_PARTS)


def _report_text(part: Message) -> str:
    below = part.get_payload()
    if isinstance(below, list):
        return "\n".join(str(each)[:20_000] for each in below[:50])
    return str(below)[:20_000]


def _dmarc(mail: Message) -> str:
    """What our own mail server said of the sender: the topmost line is the one that it added last."""
    lines = mail.get_all("Authentication-Results") or []
    found = _DMARC.search(str(lines[0])) if lines else None
    return found[1].lower() if found else ""


def _clean(html: str) -> str:
    """HTML of which nothing acts, loads or looks like ours: no styles, no pictures, links that tell nobody."""
    return nh3.clean(
        html[: 4 * LONGEST_HTML], tags=_TAGS, clean_content_tags=_AWAY, attributes={"a": {"href"}, "td": {"colspan"}},
        url_schemes={"http", "https", "mailto", "tel"}, link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )  # fmt: skip


def _as_text(html: str) -> str:
    plain = nh3.clean(
        _BLOCK.sub(lambda found: f"\n{found[0]}", html[: 4 * LONGEST_HTML]), tags=set(), clean_content_tags=_AWAY
    )
    lines = (" ".join(line.split()) for line in unescape(_TAG.sub("", plain)).splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


if __name__ == "__main__":
    main()
