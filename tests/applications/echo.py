"""An application that tells what has reached it: headers as JSON, and a websocket that sends back what it gets."""

import json
import threading
from base64 import b64encode
from contextlib import contextmanager
from hashlib import sha1
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WEBSOCKET_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3


class Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        if self.command == "POST":
            self.server.received.append(self.path)
        if self.headers.get("Upgrade", "").lower() == "websocket":
            self.websocket()
            return
        body = json.dumps({"path": self.path, "headers": list(self.headers.items())}).encode()
        self.send_response(403 if self.path == "/forbidden" else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_CONNECT = answer

    def websocket(self) -> None:
        key = self.headers["Sec-WebSocket-Key"] + WEBSOCKET_GUID
        accept = b64encode(sha1(key.encode(), usedforsecurity=False).digest()).decode()
        self.send_response(101)
        for name, value in (("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", accept)):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.rfile.read(4))
        self.close_connection = True

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def echo(received: list[str] | None = None):
    """Yields the port. `received` gets the path of each form that arrives."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    server.received = [] if received is None else received
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
