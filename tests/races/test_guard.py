"""Checks and openings while somebody takes the right away: none that begins after the commit lets anybody in.

`RACE_TRIALS` says how often each change runs: twice in the suite, 100 times in a long run.
"""

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_network
from itertools import count
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client

from accounts.models import User
from accounts.origin import Origin
from accounts.roles import services as roles
from accounts.sessions import services as sessions
from accounts.users import services as users
from cloudpanel.applications import services
from cloudpanel.applications.models import Application
from tests.factories import PASSWORD, make_application, make_member, make_owner, make_role
from tests.people import Person
from tests.races.test_own_change_meets_owner import TRIALS
from twofactor.requirement import services as requirement

ORIGIN = Origin("192.0.2.1")
CHECKERS = 3
_numbers = count(1)


class Place:
    """An application, its owner, and one person who may open it and has."""

    def __init__(self) -> None:
        number = next(_numbers)
        self.host = f"grafana-{number}.localhost"
        self.owner = make_owner(f"owner{number}")
        contract = self.owner.contracts.get()
        self.roles = [make_role(contract, name=name) for name in ("Readers", "Others")]
        application = make_application(contract, f"http://{self.host}", who="roles")
        application.roles.set([self.roles[0]])
        self.application_id = application.pk
        self.user = make_member(contract, f"lena{number}", role=self.roles[0])
        self.person = Person(self.user).enrol()
        self.cookies = [self.opened()]
        self.answers: list[tuple[float, int]] = []
        """When a check began, and its status."""
        self.over = threading.Event()

    @property
    def application(self) -> Application:
        return Application.objects.select_related("contract__owner").get(pk=self.application_id)

    @property
    def seen(self) -> User:
        return User.objects.select_related("contract", "role", "authenticator").get(pk=self.user.pk)

    def opened(self) -> str:
        """A new visit of the person's session; empty where none is given."""
        there, panel = Client(HTTP_HOST=self.host), Client()
        panel.cookies[settings.SESSION_COOKIE_NAME] = self.person.client.cookies[settings.SESSION_COOKIE_NAME].value
        asked = there.get("/.cloudpanel/start")
        opened = panel.get("/guard/open/?" + urlsplit(asked.get("Location", "")).query)
        ticket = opened.get("Location", "").removeprefix(f"http://{self.host}")
        if not ticket.startswith("/.cloudpanel/enter"):
            return ""
        entered = there.get(ticket)
        return "; ".join(f"{name}={morsel.value}" for name, morsel in entered.cookies.items())

    def check(self, cookie: str) -> int:
        sent = {"HTTP_X_FORWARDED_PROTO": "http", "HTTP_X_FORWARDED_HOST": self.host, "HTTP_X_FORWARDED_URI": "/"}
        sent |= {"HTTP_X_FORWARDED_METHOD": "GET", "HTTP_ACCEPT": "text/html", "HTTP_COOKIE": cookie}
        return Client(raise_request_exception=False).get("/guard/caddy/", **sent).status_code

    def keep_checking(self) -> None:
        last = False
        while not last:
            last = self.over.is_set()
            began = time.perf_counter()
            self.answers.append((began, self.check(random.choice(self.cookies))))

    def keep_opening(self) -> None:
        while not self.over.is_set():
            if cookie := self.opened():
                self.cookies.append(cookie)


def edited(service: Callable, **values: object) -> Callable[[Place], object]:
    return lambda place: service(actor=place.owner, application=place.application, origin=ORIGIN, **values)


CHANGES: dict[str, Callable[[Place], object]] = {
    "deactivate": lambda p: users.set_state(actor=p.owner, target=p.seen, active=False, origin=ORIGIN),
    "delete": lambda p: users.delete_user(actor=p.owner, target=p.seen, origin=ORIGIN),
    "no": lambda p: requirement.set_required(actor=p.owner, target=p.seen, required=False, origin=ORIGIN),
    "reset": lambda p: requirement.reset(actor=p.owner, target=p.seen, origin=ORIGIN),
    "role changed": lambda p: users.set_role(actor=p.owner, target=p.seen, role=p.roles[1], origin=ORIGIN),
    "role disabled": lambda p: roles.set_state(actor=p.owner, role=p.roles[0], enabled=False, origin=ORIGIN),
    "application disabled": edited(services.set_state, active=False),
    "access narrowed": lambda p: edited(services.set_access, who="roles", roles=[p.roles[1]])(p),
    "guard off": edited(services.set_guard, guard=False, assertion=False, upstream=""),
    "origin changed": lambda p: edited(services.set_origin, new=f"http://elsewhere-{p.host}")(p),
    "needs a key": edited(services.set_needs, needs="passkey", minutes=None),
    "logout": lambda p: p.person.post("/logout/"),
    "owner ends sessions": lambda p: sessions.end_by(p.owner, p.seen, origin=ORIGIN),
    "new password": lambda p: users.set_password(
        actor=p.owner, target=p.seen, password=f"{PASSWORD}-new", must_change_password=False, origin=ORIGIN
    ),
}


def race(place: Place, change: Callable[[Place], object]) -> float:
    """When the change was committed."""

    def closing(work: Callable[[], None]) -> None:
        try:
            work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(CHECKERS + 1) as pool:
        work = [place.keep_checking] * CHECKERS + [place.keep_opening]
        running = [pool.submit(closing, one) for one in work]
        try:
            while len(place.answers) < CHECKERS:
                time.sleep(0.001)
            time.sleep(random.uniform(0, 0.03))
            change(place)
            committed = time.perf_counter()
            time.sleep(0.05)
        finally:
            place.over.set()
        for one in running:
            one.result()
    return committed


@pytest.mark.parametrize("change", CHANGES)
def test_no_check_that_begins_after_the_commit_is_a_200(change, settings):
    settings.TRUSTED_PROXIES = [ip_network("127.0.0.1/32")]
    for _ in range(TRIALS):
        place = Place()
        assert place.check(place.cookies[0]) == 200
        committed = race(place, CHANGES[change])

        assert {status for began, status in place.answers if began < committed} & {200}, "nobody was ever let in"
        late = [status for began, status in place.answers if began > committed]
        assert late
        assert set(late) <= {302, 403}, late
        assert {place.check(cookie) for cookie in place.cookies} <= {302, 403}
        assert place.opened() == ""
