"""What gunicorn's master does besides serving: port, signals, and the folder of metrics.

The master never reloads modules. Its workers do when they start (forget_code), so that after an upgrade none of them
mixes modules of two versions.
"""

import errno
import math
import os
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from cloudpanel.operation import draining

DRAIN_SECONDS = 3.0
LAST_SECONDS = 0.5  # in which the workers accept what waits at a port that takes no more
METRICS = "PROMETHEUS_MULTIPROC_DIR"
CHECK_TIMEOUT_SECONDS = 60
KEPT = frozenset(
    f"cloudpanel.operation{name}" for name in ("", ".draining", ".gunicorn_conf", ".sender", ".serving", ".wake")
)


def drain_seconds(text: str | None) -> float:
    """The seconds of DRAIN_SECONDS; the default for an unusable value, which safety.py refuses by name."""
    try:
        found = float(text or DRAIN_SECONDS)
    except ValueError:
        return DRAIN_SECONDS
    return found if math.isfinite(found) and found >= 0 else DRAIN_SECONDS


def name_of(address: Any) -> str:
    """The port, or "socket"; names the folder of metrics, so that several servers can run side by side."""
    return str(address[1]) if isinstance(address, tuple) else "socket"


def refuse_taken_ports(server: Any) -> None:
    for address in server.address:
        if isinstance(address, tuple) and _taken(address):
            server.log.error("Port %s is in use by another program. Choose another one: PORT=8080", address[1])
            sys.exit(1)


def _taken(address: tuple[Any, ...]) -> bool:
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(address)
        except OSError as fault:
            return fault.errno == errno.EADDRINUSE
    return False


def empty_metrics(folder: Path) -> None:
    """Deletes the metrics of an earlier server. If the folder can't be created, each worker counts for itself."""
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in folder.glob("*.db"):
        left.unlink(missing_ok=True)


def drain_on_stop(server: Any, seconds: float) -> None:
    """SIGTERM drains before it stops the server; SIGINT and SIGQUIT stop it at once."""
    stop = server.handle_term

    def drain() -> None:
        draining.begin()
        time.sleep(seconds)
        draining.ignore_new_connections(_own_ports(server))
        time.sleep(min(LAST_SECONDS, seconds))
        stop()

    server.handle_term = drain


def _own_ports(server: Any) -> list[Any]:
    """None of those that the server was given, for example by systemd, which keeps them open for the next server."""
    given = server.systemd or any(isinstance(address, int) for address in server.cfg.address)
    return [] if given else [opened for opened in server.LISTENERS if opened.FAMILY != socket.AF_UNIX]


def check_before_reload(server: Any) -> None:
    """SIGHUP replaces the workers only if new ones can start, because one that can't would stop the whole server."""
    reload = server.handle_hup

    def check() -> None:
        refusal = _refusal()
        if refusal is None:
            reload()
        else:
            server.log.error("Not reloaded, the old workers go on:\n%s", refusal)

    server.handle_hup = check


def _refusal() -> str | None:
    """Checked in another process, which loads the code that is now on the disk."""
    try:
        ran = subprocess.run(
            [sys.executable, "-m", "cloudpanel.operation.start"],
            env={name: value for name, value in os.environ.items() if name != METRICS},
            capture_output=True,
            text=True,
            check=False,
            timeout=CHECK_TIMEOUT_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return f"The check took longer than {CHECK_TIMEOUT_SECONDS} seconds."
    return ran.stderr.strip() if ran.returncode else None


def refuse_second_master(server: Any) -> None:
    def refuse() -> None:
        server.log.error("SIGUSR2 is not supported. New code: SIGHUP (systemctl reload). New settings: restart.")

    server.handle_usr2 = refuse


def forget_code() -> None:
    """Makes a new worker load the panel's modules from the disk, including those that the master has imported."""
    for name in sorted(name for name in sys.modules if name.startswith("cloudpanel.") and name not in KEPT):
        del sys.modules[name]
        package, _, module = name.rpartition(".")
        if package in sys.modules:
            delattr(sys.modules[package], module)
