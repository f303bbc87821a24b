"""A person at a browser: posts what a person would, reads what pages say, computes codes from the key it read."""

import re
import time
from typing import Self

from django.test import Client

from accounts.models import User
from tests.factories import PASSWORD
from twofactor import totp

KEY = re.compile(r"otpauth://totp/[^\"]*?secret=([A-Z2-7]{32})")
CODE = re.compile(r"\b(?:[0-9A-HJKMNP-TV-Z]{5}-){4}[0-9A-HJKMNP-TV-Z]{5}\b")


def code_of(key: bytes, shift: int = 0) -> str:
    """The code of this moment's step, or of one `shift` steps away."""
    return totp.code_at(key, totp.step_at(time.time()) + shift)


class Person:
    """One browser. `key` and `codes` are what its person has noted down; `another_browser` knows them too."""

    def __init__(self, user: User | str, *, ip: str = "127.0.0.1", password: str = PASSWORD, **client) -> None:
        self.username = user if isinstance(user, str) else user.username
        self.password = password
        self.client = Client(REMOTE_ADDR=ip, **client)
        self.key = b""
        self.codes: list[str] = []

    def another_browser(self, **client) -> Self:
        other = type(self)(self.username, password=self.password, **client)
        other.key, other.codes = self.key, self.codes
        return other

    def get(self, path: str, **extra):
        return self.client.get(path, **extra)

    def post(self, path: str, data: dict | None = None, **extra):
        return self.client.post(path, data or {}, **extra)

    def start_login(self, **extra):
        """Username and password, nothing more."""
        return self.post("/login/", {"username": self.username, "password": self.password} | extra)

    def read_key(self) -> bytes:
        page = self.get("/two-factor/setup/").content.decode()
        found = KEY.search(page)
        assert found, page
        return totp.base64.b32decode(found[1])

    def enrol(self) -> "Person":
        """First login, setup, codes noted down, Next. It uses the code of the step before, so this one's is free."""
        self.start_login()
        self.key = self.read_key()
        response = self.post("/two-factor/setup/", {"code": code_of(self.key, -1)})
        if response.status_code == 200:  # a new step began in this very moment
            response = self.post("/two-factor/setup/", {"code": code_of(self.key, -1)})
        assert response.status_code == 302, words(response)
        assert response.url == "/two-factor/activated/"
        self.codes = CODE.findall(words(self.get("/two-factor/activated/")))
        self.post("/two-factor/activated/")
        return self

    def enrol_logged_in(self) -> "Person":
        """Setup by choice, or a new phone, in an open session."""
        self.key = self.read_key()
        response = self.post("/two-factor/setup/", {"code": code_of(self.key, -1)})
        assert response.status_code == 302, words(response)
        self.post("/two-factor/activated/")
        return self

    def log_in(self, shift: int = 0):
        """Fully, with a code where one is asked."""
        response = self.start_login()
        if response.status_code == 302 and response.url == "/login/code/":
            response = self.post("/login/code/", {"code": code_of(self.key, shift)})
        assert response.status_code == 302, response.content.decode()
        return response

    def is_in(self) -> bool:
        return self.get("/profile/").status_code == 200


def words(response) -> str:
    """What a page says, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())
