"""A browser over real HTTP: keeps cookies, takes the CSRF token from the page it read, follows nothing by itself."""

import base64
import http.client
import json
import re
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

from tests.factories import PASSWORD
from tests.people import KEY, code_of
from tests.servers.machine import Server

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
SETUP = "/two-factor/setup/"
ACTIVATED = "/two-factor/activated/"


class NoAnswer(Exception):
    """The connection was refused or cut: nobody knows whether the request counted."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    text: str

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")

    def json(self) -> Any:
        return json.loads(self.text)


class Browser:
    def __init__(self, server: Server, host: str = "") -> None:
        """`host`: the name that the server is asked under, where it is another one than its address."""
        self.server, self.host = server, host
        self.cookies: dict[str, str] = {}
        self.token = ""

    def at(self, server: Server) -> "Browser":
        """The same browser, whom a balancer sends to this server from now on."""
        self.server = server
        return self

    def get(self, path: str) -> Answer:
        answer = self._ask("GET", path)
        found = TOKEN.search(answer.text)
        self.token = found[1] if found else self.token
        return answer

    def post(self, path: str, **fields: str) -> Answer:
        """With the token of the page read last."""
        return self._ask("POST", path, urlencode({"csrfmiddlewaretoken": self.token} | fields))

    def submit(self, path: str, **fields: str) -> Answer:
        """Reads the page and sends its form."""
        page = self.get(path)
        return self.post(path, **fields) if page.status == 200 else page

    def _ask(self, method: str, path: str, body: str | None = None) -> Answer:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        headers["Accept"] = "text/html"
        if self.host:
            headers["Host"] = self.host
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            answer = Answer(response.status, response.msg, response.read().decode())
        except (OSError, http.client.HTTPException) as fault:
            raise NoAnswer from fault
        finally:
            connection.close()
        self._keep(answer)
        return answer

    def _keep(self, answer: Answer) -> None:
        for header in answer.headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(header).items():
                self.cookies.pop(name, None)
                if morsel["max-age"] != "0":
                    self.cookies[name] = morsel.value

    def start_login(self, username: str, password: str = PASSWORD) -> Answer:
        return self.submit("/login/", username=username, password=password)

    def log_in(self, username: str) -> "Browser":
        """With the password alone."""
        answer = self.start_login(username)
        assert (answer.status, answer.location) == (302, "/"), (answer.status, answer.location)
        return self

    def activate(self, username: str) -> Answer:
        """First login and setup, up to the recovery codes."""
        answer = self.start_login(username)
        assert answer.location == SETUP, (answer.status, answer.location)
        found = KEY.search(self.get(SETUP).text)
        assert found
        return self.post(SETUP, code=code_of(base64.b32decode(found[1])))

    def is_in(self) -> bool:
        return self.get("/profile/").status == 200


def right_code(key: str) -> str:
    """Of this moment's step, so it is good for half a minute at least, however busy the machine is."""
    return code_of(bytes.fromhex(key))
