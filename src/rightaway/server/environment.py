"""Everything an operator may set, read from the environment once and checked.

`docs/reference/settings.md` describes each of them; a test compares the two.
"""

import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rightaway.server.words import _


class BadSetting(Exception):
    """A setting has a value that cannot be used. The message names it and says what would be right."""


@dataclass(frozen=True, slots=True)
class Setting:
    """How one field of `Environment` is read: its variable, what it is when absent, and how its text is understood."""

    name: str
    default: str
    parse: Callable[[str], Any]
    secret: bool = False


def _text(value: str) -> str:
    return value.strip()


def _flag(value: str) -> bool:
    found = {"": False, "no": False, "0": False, "false": False, "yes": True, "1": True, "true": True}
    if value.strip().lower() not in found:
        raise ValueError(_("must be yes or no"))
    return found[value.strip().lower()]


def _number(least: int, most: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        if not value.strip().isascii() or not value.strip().isdigit() or not least <= int(value) <= most:
            raise ValueError(_("must be a whole number from %(least)s to %(most)s") % {"least": least, "most": most})
        return int(value)

    return parse


def _folder(value: str) -> Path | None:
    if not value:
        return None
    path = Path(value).expanduser()
    if not path.is_absolute():
        raise ValueError(_("must be an absolute path"))
    return path


def _data_folder(value: str) -> Path:
    return _folder(value) or default_data_folder()


def _web_address(value: str) -> str:
    if not value:
        return ""
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/") or parts.query:
        raise ValueError(_("must look like https://leads.example.com, without a path"))
    return f"{parts.scheme}://{parts.netloc}"


def _database(value: str) -> str:
    if value and urlsplit(value).scheme not in ("postgresql", "postgres"):
        raise ValueError(_("must look like postgresql://user:password@host:5432/database"))
    return value


def _level(value: str) -> str:
    if value.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise ValueError(_("must be debug, info, warning or error"))
    return value.upper()


def _key(value: str) -> str:
    if value and len(value) < 32:
        raise ValueError(_("must have at least 32 characters"))
    return value


def _domain(value: str) -> str:
    name = value.strip().lower().rstrip(".")
    if name and not re.fullmatch(r"(?!-)[a-z0-9-]{1,63}(?:\.(?!-)[a-z0-9-]{1,63})+", name):
        raise ValueError(_("must look like mail.example.com"))
    return name


def _smtp(value: str) -> str:
    parts = urlsplit(value)
    if value and (parts.scheme not in ("smtp", "smtps", "smtp+plain") or not parts.hostname or parts.path.strip("/")):
        raise ValueError(_("must look like smtp://user:password@host:587, smtps://… or smtp+plain://host:25"))
    return value


def _listener(value: str) -> str:
    parts = urlsplit(value)
    if value and (parts.scheme not in ("smtp", "lmtp") or not parts.hostname or not parts.port):
        raise ValueError(_("must look like smtp://127.0.0.1:2525 or lmtp://127.0.0.1:2424"))
    return value


def _demo_people(value: str) -> tuple[str, ...]:
    found = tuple(each.strip() for each in value.split(",") if each.strip())
    if not all(each.endswith("@example.com") for each in found):
        raise ValueError(_("may only name people at example.com, who do not exist"))
    return found


def _setting(name: str, default: str, parse: Callable[[str], Any], *, secret: bool = False) -> Any:
    return field(metadata={"setting": Setting(name, default, parse, secret)})


@dataclass(frozen=True, slots=True)
class Environment:
    """The settings of this process."""

    data: Path = _setting("RIGHTAWAY_DATA", "", _data_folder)
    host: str = _setting("RIGHTAWAY_HOST", "127.0.0.1", _text)
    port: int = _setting("RIGHTAWAY_PORT", "8000", _number(1, 65535))
    url: str = _setting("RIGHTAWAY_URL", "", _web_address)
    behind_proxy: bool = _setting("RIGHTAWAY_BEHIND_PROXY", "no", _flag)
    web_processes: int = _setting("RIGHTAWAY_WEB_PROCESSES", "1", _number(1, 64))
    web_threads: int = _setting("RIGHTAWAY_WEB_THREADS", "8", _number(1, 256))
    workers: int = _setting("RIGHTAWAY_WORKERS", "1", _number(0, 64))
    log_level: str = _setting("RIGHTAWAY_LOG_LEVEL", "info", _level)
    secret_key: str = _setting("RIGHTAWAY_SECRET_KEY", "", _key, secret=True)
    database_url: str = _setting("DATABASE_URL", "", _database, secret=True)
    database_owner_url: str = _setting("DATABASE_OWNER_URL", "", _database, secret=True)
    database_scheduler_url: str = _setting("DATABASE_SCHEDULER_URL", "", _database, secret=True)
    database_listen_url: str = _setting("DATABASE_LISTEN_URL", "", _database, secret=True)
    pooled: bool = _setting("RIGHTAWAY_DATABASE_POOLED", "no", _flag)
    unsafe_database: bool = _setting("RIGHTAWAY_UNSAFE_DATABASE", "no", _flag)
    demo_people: tuple[str, ...] = _setting("RIGHTAWAY_DEMO_PEOPLE", "", _demo_people)
    email_domain: str = _setting("RIGHTAWAY_EMAIL_DOMAIN", "", _domain)
    email_listen: str = _setting("RIGHTAWAY_EMAIL_LISTEN", "", _listener)
    smtp: str = _setting("RIGHTAWAY_SMTP", "", _smtp, secret=True)
    postgres_binaries: Path | None = _setting("RIGHTAWAY_POSTGRES_BINARIES", "", _folder)

    @property
    def address(self) -> str:
        """Where people reach the pages, without a slash at its end."""
        host = "localhost" if self.host in ("0.0.0.0", "::", "127.0.0.1", "::1") else self.host
        return self.url or f"http://{host}:{self.port}"


def settings() -> dict[str, Setting]:
    """Each field's name and how it is read."""
    return {each.name: each.metadata["setting"] for each in fields(Environment)}


def read(environ: Mapping[str, str] = os.environ) -> Environment:
    """The checked settings. Raises BadSetting, which names every variable that is wrong."""
    values, wrong = {}, []
    for name, setting in settings().items():
        raw = environ.get(setting.name, "") or setting.default
        try:
            values[name] = setting.parse(raw)
        except ValueError as error:
            shown = "" if setting.secret else " " + _("(it is “%(value)s”)") % {"value": raw}
            wrong.append(f"{setting.name} {error}{shown}.")
    if not wrong:
        wrong = _contradictions(values)
    if wrong:
        raise BadSetting("\n".join(wrong))
    return Environment(**values)


def _contradictions(values: Mapping[str, Any]) -> list[str]:
    """What is right by itself and wrong together."""
    wrong = []
    for name in ("database_owner_url", "database_scheduler_url"):
        variable = settings()[name].name
        if values["database_url"] and not values[name]:
            wrong.append(
                _("%(name)s is needed beside DATABASE_URL: each role has its own address.") % {"name": variable}
            )
        if values[name] and not values["database_url"]:
            wrong.append(_("%(name)s is set, but DATABASE_URL is not.") % {"name": variable})
    if values["pooled"] and values["database_url"] and not values["database_listen_url"]:
        wrong.append(
            _("DATABASE_LISTEN_URL is needed beside RIGHTAWAY_DATABASE_POOLED: a pooler cannot pass on hints.")
        )
    for name in ("email_listen", "smtp"):
        if values[name] and not values["email_domain"]:
            wrong.append(
                _("RIGHTAWAY_EMAIL_DOMAIN is needed beside %(name)s: answers must find their way back.")
                % {"name": settings()[name].name}
            )
    return wrong


def default_data_folder() -> Path:
    """Where data is kept unless RIGHTAWAY_DATA says otherwise: the platform's place for it."""
    if os.geteuid() == 0:
        return Path("/var/lib/rightaway")
    home = Path.home()
    if sys.platform == "darwin":
        return home / "Library/Application Support/rightaway"
    return Path(os.environ.get("XDG_DATA_HOME") or home / ".local/share") / "rightaway"
