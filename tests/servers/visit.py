"""`python -m tests.servers.visit KEY ahead | KEY now SESSION`: what lena, a stranger and a thief do, as JSON.

Run under a clock that is a day ahead, and once more under the right one.
"""

import json
import sys

import django
from django.conf import settings

django.setup()

from tests.people import Person  # noqa: E402


def main(key: str, case: str, session: str = "") -> None:
    lena = Person("lena", SERVER_NAME="127.0.0.1")
    lena.key = bytes.fromhex(key)
    answers = while_ahead(lena) if case == "ahead" else afterwards(lena, session)
    print(json.dumps([answers, lena.client.cookies[settings.SESSION_COOKIE_NAME].value]))  # noqa: T201


def stranger() -> Person:
    return Person("lena", ip="192.0.2.1", password="not-the-password", SERVER_NAME="127.0.0.1")


def while_ahead(lena: Person) -> list[int]:
    lena.log_in()
    guesser = stranger()
    thief = lena.another_browser(ip="192.0.2.2", SERVER_NAME="127.0.0.1")
    thief.start_login()
    codes = [thief.post("/login/code/", {"code": "000000"}).status_code for _ in range(6)]
    return [*(guesser.start_login().status_code for _ in range(6)), *codes]


def afterwards(lena: Person, session: str) -> list[int | bool]:
    """The wait is over, the session is over, and the right code is right."""
    guessed = stranger().start_login().status_code
    lena.client.cookies[settings.SESSION_COOKIE_NAME] = session
    old = lena.is_in()
    return [guessed, old, lena.log_in().status_code, lena.is_in()]


if __name__ == "__main__":
    main(*sys.argv[1:])
