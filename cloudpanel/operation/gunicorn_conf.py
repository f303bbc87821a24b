"""Configures gunicorn. It trusts no forwarding header; TRUSTED_PROXIES decides that in the panel.

On SIGTERM, /readyz first answers 503 for a while, so that load balancers stop sending requests; then the sockets close.
Requests that have begun are answered.
"""

import os
import socket
import sys
from pathlib import Path
from typing import Any

from cloudpanel.configuration import env, private_files
from cloudpanel.configuration.public_url import PANEL_PORT
from cloudpanel.configuration.settings_file import VAR
from cloudpanel.operation import draining, logs, sender, serving

os.umask(private_files.UMASK)

wsgi_app = "cloudpanel.wsgi"
_port = os.environ.get("PORT") or str(PANEL_PORT)
bind = f"127.0.0.1:{_port}"
workers = 2
threads = 4  # browsers open idle connections in advance, which would block a worker with a single thread
keepalive = 150  # longer than proxies keep idle connections: if this end closed first, a POST could be lost
forwarded_allow_ips = ""
limit_request_line = 8190
limit_request_field_size = 8190 + 310  # X-Original-URL is the longest address that nginx reads, behind an origin
limit_request_fields = 64
timeout = 30
graceful_timeout = 10
control_socket_disable = True
logconfig_dict = logs.of_gunicorn(env.read().log_format)


def refuse_untrusted(sockets: list[str]) -> None:
    """Refuses to start: clients of a unix socket have no address, so without a trusted proxy all would share one
    limit."""
    if sockets and not env.read().trusts_unix:
        named = ", ".join(sockets)
        sys.exit(f"The panel does not start:\n- TRUSTED_PROXIES must contain the word unix to listen on {named}.")


def on_starting(server: Any) -> None:
    """Stops here if another server uses the port, before anything of that server is changed."""
    refuse_untrusted([address for address in server.cfg.address if isinstance(address, str)])
    serving.refuse_taken_ports(server)
    # The folder of the workers' metrics. Set before any of them starts, because the library reads it only once.
    os.environ.setdefault(serving.METRICS, str(VAR / "metrics" / serving.name_of(server.address[0])))


def when_ready(server: Any) -> None:
    """Runs once the port is bound and before any worker starts."""
    refuse_untrusted([str(opened) for opened in server.LISTENERS if opened.FAMILY == socket.AF_UNIX])  # also systemd's
    serving.empty_metrics(Path(os.environ[serving.METRICS]))
    serving.drain_on_stop(server, serving.drain_seconds(os.environ.get("DRAIN_SECONDS")))
    serving.check_before_reload(server)
    serving.refuse_second_master(server)
    server.sender = sender.attend(server)


def on_exit(server: Any) -> None:
    """Stops the mail sender last, so that it sends what the last requests wrote."""
    if hasattr(server, "sender"):
        server.sender.stop()


def post_fork(server: Any, worker: Any) -> None:
    """Hides a worker's warnings, which quote unparseable request lines and with them what somebody typed."""
    worker.log.error_log.setLevel("ERROR")
    serving.forget_code()


def pre_request(worker: Any, request: Any) -> None:
    """While the server drains, each answer closes its connection, so that no request comes on one that is about to
    close."""
    if draining.begun():
        request.force_close()
