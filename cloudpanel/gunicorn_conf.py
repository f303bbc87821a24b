"""How gunicorn serves the panel. It believes no forwarding header: which proxy counts is decided by TRUSTED_PROXIES.

The rule when it is told to stop: first /readyz says so for a while, so that a balancer sends nobody here any more, and
only then the doors close; requests under way are answered.
"""

import os
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from cloudpanel import draining, env

wsgi_app = "cloudpanel.wsgi"
_port = os.environ.get("PORT") or "8000"
bind = f"127.0.0.1:{_port}"
workers = 2
threads = 4  # browsers open connections ahead of need; one that says nothing would hold a whole single-threaded worker
forwarded_allow_ips = ""
limit_request_line = 8190
limit_request_field_size = 8190
limit_request_fields = 64
timeout = 30
graceful_timeout = 10
control_socket_disable = True

DRAIN_SECONDS = float(os.environ.get("DRAIN_SECONDS") or 3)
# The workers' numbers for /metrics. Told before any of them starts, since the library looks only once.
METRICS = Path(os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(env.VAR / "metrics" / _port)))


def refuse_untrusted(sockets: list[str]) -> None:
    """Nobody behind a unix socket has an address: without a trusted proxy all of them would share one limit."""
    if sockets and not env.read().trusts_unix:
        named = ", ".join(sockets)
        sys.exit(f"The panel does not start:\n- TRUSTED_PROXIES must contain the word unix to listen on {named}.")


def on_starting(server: Any) -> None:
    """Numbers begin at nought with the server. Without room for the folder each worker counts for itself."""
    refuse_untrusted([address for address in server.cfg.address if isinstance(address, str)])
    with suppress(OSError):
        METRICS.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in METRICS.glob("*.db"):
        left.unlink(missing_ok=True)


def when_ready(server: Any) -> None:
    """SIGTERM drains before it stops; the signals that mean "at once" still do."""
    refuse_untrusted([str(opened) for opened in server.LISTENERS if opened.FAMILY == socket.AF_UNIX])  # systemd's too
    stop = server.handle_term

    def drain() -> None:
        draining.begin()
        time.sleep(DRAIN_SECONDS)
        stop()

    server.handle_term = drain


def post_fork(server: Any, worker: Any) -> None:
    """A worker's warnings quote request lines that cannot be parsed, and with them what somebody typed."""
    worker.log.error_log.setLevel("ERROR")
