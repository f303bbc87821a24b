"""A browser that asks the WSGI application itself.

The time it measures ends with the answer's last byte; what the panel does after that (sending mail) is not counted.
"""

import time
from dataclasses import dataclass
from http.cookies import SimpleCookie
from io import BytesIO
from urllib.parse import urlencode

from django.core.handlers.wsgi import WSGIHandler
from django.test import RequestFactory

TOKEN = "b" * 32


@dataclass
class Answer:
    status: int
    body: bytes
    location: str
    seconds: float
    cpu: float


class Browser:
    app: WSGIHandler | None = None

    def __init__(self, ip: str = "127.0.0.1") -> None:
        Browser.app = Browser.app or WSGIHandler()
        self.ip = ip
        self.cookies = {"csrftoken": TOKEN}
        self.headers: dict[str, str] = {}

    def get(self, path: str) -> Answer:
        return self._ask("GET", path, b"")

    def post(self, path: str, **data: str) -> Answer:
        return self._ask("POST", path, urlencode(data | {"csrfmiddlewaretoken": TOKEN}).encode())

    def _ask(self, method: str, path: str, content: bytes) -> Answer:
        environ = RequestFactory()._base_environ() | {
            "REQUEST_METHOD": method,
            "PATH_INFO": path.partition("?")[0],
            "QUERY_STRING": path.partition("?")[2],
            "SERVER_NAME": "127.0.0.1",
            "REMOTE_ADDR": self.ip,
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "CONTENT_LENGTH": str(len(content)),
            "HTTP_COOKIE": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "wsgi.input": BytesIO(content),
        }
        environ |= self.headers
        seen: dict = {}

        def start(status, headers, exc_info=None):
            seen.update(status=int(status[:3]), headers=headers)

        began, cpu = time.perf_counter(), time.process_time()
        response = self.app(environ, start)
        body = b"".join(response)
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
        response.close()
        for name, value in seen["headers"]:
            if name == "Set-Cookie":
                self._keep(value)
        location = dict(seen["headers"]).get("Location", "")
        return Answer(seen["status"], body, location, seconds, cpu)

    def _keep(self, header: str) -> None:
        for name, morsel in SimpleCookie(header).items():
            if name != "csrftoken":
                self.cookies[name] = morsel.value
