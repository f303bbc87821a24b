"""How gunicorn serves the panel. It believes no forwarding header: which proxy counts is decided by TRUSTED_PROXIES."""

import os
from typing import Any

wsgi_app = "cloudpanel.wsgi"
bind = f"127.0.0.1:{os.environ.get('PORT') or 8000}"
workers = 2
threads = 4  # browsers open connections ahead of need; one that says nothing would hold a whole single-threaded worker
forwarded_allow_ips = ""
limit_request_line = 8190
limit_request_field_size = 8190
limit_request_fields = 64
timeout = 30
graceful_timeout = 10
control_socket_disable = True


def post_fork(server: Any, worker: Any) -> None:
    """A worker's warnings quote request lines that cannot be parsed, and with them what somebody typed."""
    worker.log.error_log.setLevel("ERROR")
