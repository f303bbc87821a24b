"""A real PgBouncer in transaction mode, before the server of TEST_DATABASE_URL."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

PROGRAM = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@contextmanager
def pooler(url: str, folder: Path) -> Iterator[str]:
    """The same database's address behind the pooler, which has two connections of its own for however many clients."""
    there = urlsplit(url)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = folder / "pgbouncer.ini"
    name = there.path.strip("/")
    config.write_text(f"""
[databases]
{name} = host={there.hostname} port={there.port or 5432} dbname={name} user={there.username}{_password(there.password)}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 2
""")
    for path in (folder, *folder.parents):
        if path.owner() == "root" and path != Path("/") and str(path) != "/tmp":
            path.chmod(0o755)
    config.chmod(0o644)
    started = subprocess.Popen(
        [str(PROGRAM), "-q", str(config)],
        user="postgres" if os.geteuid() == 0 else None,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_for(port)
        yield there._replace(netloc=f"{there.username}@127.0.0.1:{port}").geturl()
    finally:
        started.terminate()
        started.wait()


def _password(password: str | None) -> str:
    return f" password={password}" if password else ""


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < deadline, "the pooler never came"
            time.sleep(0.05)
        else:
            return
