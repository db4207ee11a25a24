"""A PostgreSQL server of the tests' own: real, durable, on a free loopback port, gone afterwards."""

import contextlib
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg

USER = "fen"
_ICU_SINCE = 150000
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "on",
    "max_connections": "60",
    "log_min_messages": "warning",
}

_GUARD = 'cat; "$1" -D "$2/data" -m immediate -w stop; rm -rf "$2"'
"""Waits until whoever started it closes the pipe, or is gone."""


def find_programs() -> Path | None:
    """The folder with initdb and pg_ctl: the newest of Debian's, else whatever PATH has."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name))
    on_path = shutil.which("initdb")
    found = [*([Path(on_path).resolve().parent] if on_path else []), *folders]
    usable = [folder for folder in found if (folder / "initdb").exists() and (folder / "pg_ctl").exists()]
    return usable[-1] if usable else None


def find_obstacle() -> str | None:
    """Why no server can be run here; None when one can."""
    if find_programs() is None:
        return "no PostgreSQL server here: found no initdb, expected Debian's package postgresql"
    if os.geteuid() == 0 and _find_servant() is None:
        return "no PostgreSQL server here: it refuses to run as root, and there is no user postgres"
    return None


class PostgresServer:
    """A server that can be stopped and started again; each test makes a database in it."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._data = folder / "data"
        self._log = folder / "log"
        self.password = secrets.token_hex(12)
        self.port = _find_free_port()
        given = folder / "password"
        given.write_text(self.password)
        given.chmod(0o644)  # in a folder that only the server's user can enter
        self._call(
            "initdb", "-D", self._data, "-U", USER, "-A", "scram-sha-256", f"--pwfile={given}", "-E", "UTF8"
        )

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://{USER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        options = " ".join(f"-c {name}='{value}'" for name, value in _SETTINGS.items())
        # Not captured: the server would keep the pipe open.
        self._call(
            "pg_ctl", "-D", self._data, "-l", self._log, "-w", "-o", f"-p {self.port} {options}", "start"
        )

    def stop(self, mode: str = "fast") -> None:
        """Stop it; `immediate` is as a crash would."""
        self._call("pg_ctl", "-D", self._data, "-m", mode, "-w", "stop")

    def ensure_running(self) -> None:
        try:
            self.connect().close()
        except psycopg.OperationalError:
            self.start()

    def create_database(self) -> str:
        """Make an empty database and return its URL.

        Its language passes over punctuation when it sorts, as most databases' do; Fen must not mind.
        """
        name = "t" + secrets.token_hex(6)
        with self.connect() as connection:
            icu = connection.info.server_version >= _ICU_SINCE
            language = " LOCALE_PROVIDER icu ICU_LOCALE 'en-u-ka-shifted'" if icu else ""
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0{language}".encode())
        return self.url(name)

    def drop_database(self, url: str) -> None:
        self.ensure_running()
        with self.connect() as connection:
            connection.execute(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)".encode())

    def connect(self, url: str | None = None) -> psycopg.Connection:
        return psycopg.connect(url or self.url(), autocommit=True)

    def _call(self, program: str, *arguments: str | Path) -> None:
        servant = _find_servant() if os.geteuid() == 0 else None
        done = subprocess.run(
            [self._programs / program, *arguments],
            user=servant,
            group=None if servant is None else pwd.getpwuid(servant).pw_gid,
            extra_groups=None if servant is None else [],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=60,
            check=False,
        )
        if done.returncode:
            log = self._log.read_text() if self._log.exists() else "no log"
            raise RuntimeError(f"{program} ended with {done.returncode}, expected 0: {log}")


@contextlib.contextmanager
def run_postgres() -> Iterator[PostgresServer]:
    """Run a server in a folder of its own, and remove both, also when this process is killed."""
    programs = find_programs()
    assert programs is not None
    folder = Path(tempfile.mkdtemp(prefix="fen-postgres-"))
    servant = _find_servant() if os.geteuid() == 0 else None
    if servant is not None:
        os.chown(folder, servant, -1)
    guard = subprocess.Popen(
        ["sh", "-c", _GUARD, "sh", programs / "pg_ctl", folder],
        user=servant,
        cwd="/",
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        server = PostgresServer(programs, folder)
        server.start()
        yield server
    finally:
        guard.communicate()


def _find_servant() -> int | None:
    try:
        return pwd.getpwnam("postgres").pw_uid
    except KeyError:
        return None


def _find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
