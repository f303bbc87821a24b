"""Sixteen people do anything at any time: whatever comes of it, no answer is an error.

It finds transactions that wait for each other, and requests whose rows vanish. `STORM_SECONDS` says how long it lasts;
`make races` sets it. On SQLite, which has one writer at a time, there is little to find.
"""

import os
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import override_settings

from accounts.models import Attempts, Role, User
from accounts.permissions import ALL_PERMISSIONS
from accounts.throttling import budgets
from accounts.users.several import Action
from cloudpanel.applications.models import Application
from tests.factories import PASSWORD, make_application, make_member, make_owner, make_role
from tests.twofactor.keys.browser import AUTHENTICATE, REGISTER, Browser
from tests.twofactor.keys.token import ORIGIN, Token
from twofactor.help import services as help_requests
from twofactor.help.models import HelpRequest
from twofactor.keys.models import SecurityKey

SECONDS = int(os.environ.get("STORM_SECONDS", "0"))
PASSWORDS = (PASSWORD, "seven-oranges-and-1-bicycles")
RIGHTS = sorted(ALL_PERMISSIONS)
NAMES = [f"user{number}" for number in range(8)]


class Somebody(Browser):
    """One of several browsers of a person, who all know the keys and the recovery codes."""

    def __init__(self, username: str, tokens: list[Token], dice: random.Random) -> None:
        super().__init__(username, ip=f"192.0.2.{dice.randrange(1, 255)}")
        self.client.raise_request_exception = False
        self.tokens, self.dice = tokens, dice
        self.statuses: list[tuple[str, int]] = []

    def post(self, path, data=None, **extra):
        return self.noted(path, super().post(path, data, **extra))

    def send(self, address, body=None):
        return self.noted(address, super().send(address, body))

    def noted(self, path, answer):
        self.statuses.append((path, answer.status_code))
        return answer

    def new_pair(self, prefix: str) -> dict[str, str]:
        return dict.fromkeys((f"{prefix}1", f"{prefix}2"), self.dice.choice(PASSWORDS))

    def log_in(self, shift: int = 0):
        self.post("/login/", {"username": self.username, "password": self.dice.choice(PASSWORDS)})
        if self.dice.random() < 0.2:
            self.post("/login/help/")
        self.use_a_key()
        self.add_a_key()
        self.post("/password/new/", self.new_pair("new_password"))

    def use_a_key(self) -> None:
        options = self.send(f"{AUTHENTICATE}options/")
        if self.tokens and options.status_code == 200:
            credential = self.dice.choice(self.tokens).use(options.json())
            self.send(f"{AUTHENTICATE}verify/", {"credential": credential})

    def add_a_key(self) -> None:
        options, token = self.send(f"{REGISTER}options/"), Token()
        if options.status_code != 200:
            return
        if self.send(f"{REGISTER}verify/", {"credential": token.register(options.json())}).status_code == 200:
            self.tokens.append(token)
            self.post("/two-factor/activated/")

    def remove_a_key(self) -> None:
        if key := SecurityKey.objects.filter(user__username=self.username).order_by("?").first():
            self.post(f"/profile/security/keys/{key.pk}/delete/")

    def something_of_ones_own(self) -> None:
        current = {"current_password": self.dice.choice(PASSWORDS)}
        acts: list[Callable[[], object]] = [
            self.log_in,
            self.log_in,
            self.use_a_key,
            self.add_a_key,
            self.remove_a_key,
            lambda: self.post("/logout/"),
            lambda: self.post("/profile/password/", current | self.new_pair("new_password")),
            lambda: self.post("/profile/email/", {"email": f"{self.username}{self.dice.randrange(9)}@example.com"}),
            lambda: self.post("/profile/security/sessions/end-others/"),
            lambda: self.post("/two-factor/recovery-codes/"),
            lambda: self.post("/two-factor/disable/"),
        ]
        self.dice.choice(acts)()

    def something_of_an_owner(self) -> None:
        if self.dice.random() < 0.1:
            self.post("/login/", {"username": self.username, "password": PASSWORD})
        acts = (
            self.change_one,
            self.change_several,
            self.change_a_role,
            self.change_an_application,
            self.import_a_file,
        )
        self.dice.choice((*acts, self.answer_a_request))()

    def change_one(self) -> None:
        user = User.objects.filter(username__in=NAMES).order_by("?").first()
        role = Role.objects.order_by("?").first()
        if user is None or self.dice.random() < 0.1:
            fields = {"name": "New", "username": self.dice.choice(NAMES), "role": role.pk, "two_factor_required": "no"}
            self.post("/management/users/create/", fields | dict.fromkeys(("password1", "password2"), PASSWORD))
            return
        changes: list[tuple[str, dict]] = [
            ("two-factor-required", {"required": self.dice.choice(["yes", "no"])}),
            ("two-factor-reset", {}),
            ("password", self.new_pair("password")),
            ("state", {"state": self.dice.choice(["active", "active", "deactivated"])}),
            ("role", {"role": role.pk}),
            ("email", {"email": f"somebody{self.dice.randrange(9)}@example.com"}),
            ("name", {"name": f"Name {self.dice.random()}"}),
            ("sessions", {}),
            ("unlock", {}),
            *([("delete", {})] if self.dice.random() < 0.2 else []),
        ]
        change, fields = self.dice.choice(changes)
        self.post(f"/management/users/{user.pk}/{change}/", fields)

    def some_ids(self) -> list[int]:
        ids = list(User.objects.filter(username__in=NAMES).values_list("pk", flat=True))
        return self.dice.sample(ids, self.dice.randint(0, len(ids)))

    def change_several(self) -> None:
        ids, action = self.some_ids(), self.dice.choice([*(set(Action) - {Action.DELETE}), Action.ACTIVATE])
        role = Role.objects.order_by("?").first()
        fields = {"ids": ids, "action": action, "confirm": "yes", "count": len(ids), "role": role.pk}
        self.post("/management/users/bulk/", fields)

    def change_a_role(self) -> None:
        role = Role.objects.filter(built_in=False).order_by("?").first()
        if role is None or self.dice.random() < 0.2:
            rights = self.dice.sample(RIGHTS, 8)
            self.post("/management/roles/create/", {"name": f"Role {self.dice.random()}", "permissions": rights})
            return
        change, fields = self.dice.choice(
            [
                ("permissions", {"permissions": self.dice.sample(RIGHTS, 8)}),
                ("users", {"ids": self.some_ids()}),
                ("delete", {}),
            ]
        )
        self.post(f"/management/roles/{role.pk}/{change}/", fields)

    def change_an_application(self) -> None:
        application = Application.objects.get()
        roles = list(Role.objects.values_list("pk", flat=True)[:2])
        change, fields = self.dice.choice(
            [("access", {"who": "roles", "roles": roles}), ("state", {"state": "active"}), ("openid/secret", {})]
        )
        self.post(f"/management/applications/{application.pk}/{change}/", fields)

    def import_a_file(self) -> None:
        names = self.dice.sample(NAMES, 5)
        lines = [f"{name},Name {self.dice.random()},Administrator,{self.dice.choice(['yes', 'no'])}" for name in names]
        table = "\r\n".join(["username,name,role,two_factor_required", *lines]).encode()
        shown = self.post("/management/users/import/", {"file": SimpleUploadedFile("users.csv", table, "text/csv")})
        if sealed := BeautifulSoup(shown.content.decode(), "html.parser").select_one("[name=sealed]"):
            self.post("/management/users/import/", {"sealed": sealed["value"], "confirm": "yes"})

    def answer_a_request(self) -> None:
        if asked := HelpRequest.objects.undecided().order_by("?").first():
            fields = {"request": asked.pk, "words": help_requests.words_of(asked)}
            action = {"action": self.dice.choice(["approve", "refuse", "block"])}
            self.post(f"/management/users/{asked.user_id}/help/", fields | action)


def forgive(over: threading.Event) -> None:
    """So that nobody waits, which would end the storm."""
    try:
        while not over.wait(0.5):
            budgets.locked(Attempts.objects.all()).delete()
            User.objects.filter(password_revoked_at__isnull=False).update(password_revoked_at=None)
    finally:
        connections.close_all()


@pytest.mark.skipif(SECONDS == 0, reason="it is part of `make races`")
@override_settings(PUBLIC_URL=ORIGIN)
def test_whatever_sixteen_people_do_at_once_no_answer_is_an_error():
    contract = make_owner().contracts.get()
    make_role(contract, *RIGHTS[:9])
    make_application(contract)
    for name in NAMES:
        make_member(contract, name, email=f"{name}@example.com", two_factor_required=False)
    tokens: dict[str, list[Token]] = {name: [] for name in (*NAMES, "owner")}
    end, over = time.monotonic() + SECONDS, threading.Event()

    def live(number: int) -> list[tuple[str, int]]:
        name = "owner" if number % 4 == 0 else NAMES[number % len(NAMES)]
        person = Somebody(name, tokens[name], random.Random(number))
        act = person.something_of_an_owner if name == "owner" else person.something_of_ones_own
        try:
            while time.monotonic() < end:
                act()
        finally:
            connections.close_all()
        return person.statuses

    with ThreadPoolExecutor(17) as pool:
        sweeper = pool.submit(forgive, over)
        try:
            answers = [answer for found in pool.map(live, range(16)) for answer in found]
        finally:
            over.set()
        sweeper.result()
    assert [answer for answer in answers if answer[1] >= 500] == []
    assert {status for _, status in answers} >= {200, 302, 400}
