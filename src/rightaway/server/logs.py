"""Logs: one JSON object a line on standard error, UTC, without personal data."""

import logging
import re
import sys
from collections.abc import Mapping
from typing import Any

import structlog

MASK = "…"
_PRIVATE_KEYS = re.compile(
    r"e?mail|phone|password|passphrase|secret|token|authorization|cookie|^key$|api_key|^name$|body|text|query", re.I
)
_EMAIL = re.compile(r"[^\s<>\"'(),;:@]+@[^\s<>\"'(),;:@]+\.[A-Za-z]{2,}")
# Nine digits or more with the signs that people write between them; ids and instants have none of these shapes.
_PHONE = re.compile(r"(?<![\w.:-])\+?\(?\d[\d ().-]{7,}\d(?![\w:-])")
_KEY = re.compile(r"\bra_[A-Za-z0-9_-]{8,}")
_LINK = re.compile(r"(/(?:setup|join)/|%2F(?:setup|join)%2F)[A-Za-z0-9_-]+", re.I)


def mask(text: str) -> str:
    """The text with e-mail addresses, phone numbers, API keys and one-time links taken out."""
    text = _LINK.sub(rf"\1{MASK}", _KEY.sub(MASK, _EMAIL.sub(MASK, text)))
    return _PHONE.sub(lambda found: MASK if sum(map(str.isdigit, found[0])) >= 9 else found[0], text)


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return {key: MASK if _PRIVATE_KEYS.search(str(key)) else _masked(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(each) for each in value]
    return value


def without_personal_data(_logger: Any, _method: str, event: Any) -> Any:
    """A structlog processor. The time stamp is ours and stays as it is."""
    return {
        key: value
        if key in ("timestamp", "level", "request_id")
        else MASK
        if _PRIVATE_KEYS.search(key)
        else _masked(value)
        for key, value in event.items()
    }


def _shape_of_record(_logger: Any, _method: str, event: Any) -> Any:
    """Django hands its request and its arguments over; a log needs neither."""
    record = event.get("_record")
    if record is not None and (status := getattr(record, "status_code", None)):
        event["status"] = status
    return event


def configure(options: Mapping[str, str]) -> None:
    """Sends structlog's and the standard library's logs the same way. `options` has `level`."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _shape_of_record,
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            without_personal_data,
            structlog.processors.JSONRenderer(default=str, ensure_ascii=True),
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(options["level"])
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
