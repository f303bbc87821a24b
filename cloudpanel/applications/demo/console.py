"""A demo console behind the guard: it has no login of its own, and shows the identity that the panel sends."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

IDENTITY = ("Remote-User", "Remote-Name", "Remote-Email", "Remote-Groups")
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Demo console</title></head>
<body>
<h1>Hello, {name}</h1>
<p>This console has no login of its own: the panel lets people in and tells it who they are. You asked for {path}.</p>
<table><caption>What the panel told it</caption>{rows}</table>
<p>In the panel, change the role or the state of {user}, or log out there, and load this page again.</p>
<p><a href="/.cloudpanel/status">What the panel sees</a> · <a href="/.cloudpanel/logout">Log out</a></p>
</body></html>
"""


class _Console(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        said = {name: unquote(self.headers.get(name, "")) for name in IDENTITY}
        rows = "".join(f'<tr><th scope="row">{name}</th><td>{escape(value)}</td></tr>' for name, value in said.items())
        name, user, path = (escape(text) for text in (said["Remote-Name"], said["Remote-User"], self.path))
        body = _PAGE.format(name=name, user=user, path=path, rows=rows).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Logs nothing: Caddy and the panel already do."""


@contextmanager
def serving(port: int) -> Iterator[None]:
    """Serves the console during the `with` block, on this machine only. Raises OSError if the port is taken."""
    server = ThreadingHTTPServer(("127.0.0.1", port), _Console)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
