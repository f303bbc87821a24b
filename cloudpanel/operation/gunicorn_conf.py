"""How gunicorn serves the panel. It believes no forwarding header: which proxy counts is decided by TRUSTED_PROXIES.

On SIGTERM /readyz first answers 503 for a while, so that a load balancer sends no more requests; then the sockets
close. Requests that have begun are answered.
"""

import os
import socket
import sys
from pathlib import Path
from typing import Any

from cloudpanel.configuration import env, private_files
from cloudpanel.configuration.settings_file import VAR
from cloudpanel.operation import sender, serving

os.umask(private_files.UMASK)

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


def refuse_untrusted(sockets: list[str]) -> None:
    """Nobody behind a unix socket has an address: without a trusted proxy all of them would share one limit."""
    if sockets and not env.read().trusts_unix:
        named = ", ".join(sockets)
        sys.exit(f"The panel does not start:\n- TRUSTED_PROXIES must contain the word unix to listen on {named}.")


def on_starting(server: Any) -> None:
    """Another server on the same port ends this one before anything of the other is touched."""
    refuse_untrusted([address for address in server.cfg.address if isinstance(address, str)])
    serving.refuse_taken_ports(server)
    # The workers' numbers for /metrics. Told before any of them starts, since the library looks only once.
    os.environ.setdefault(serving.METRICS, str(VAR / "metrics" / serving.name_of(server.address[0])))


def when_ready(server: Any) -> None:
    """The port is ours now, and no worker runs yet."""
    refuse_untrusted([str(opened) for opened in server.LISTENERS if opened.FAMILY == socket.AF_UNIX])  # systemd's too
    serving.empty_metrics(Path(os.environ[serving.METRICS]))
    serving.drain_on_stop(server, serving.drain_seconds(os.environ.get("DRAIN_SECONDS")))
    serving.check_before_reload(server)
    serving.refuse_second_master(server)
    server.sender = sender.attend(server)


def on_exit(server: Any) -> None:
    """The sender of mails goes last, so that it has sent what the last requests wrote."""
    if hasattr(server, "sender"):
        server.sender.stop()


def post_fork(server: Any, worker: Any) -> None:
    """A worker's warnings quote request lines that cannot be parsed, and with them what somebody typed."""
    worker.log.error_log.setLevel("ERROR")
    serving.forget_code()
