"""A guarded application: which browser opens it, with which visit it is let in, and what it is changed to."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.db import transaction
from django.test import Client

from cloudpanel.applications.guard.visits import TICKET_LIFETIME
from tests.factories import make_application
from tests.model.actions import Actions
from tests.model.expected import Account, Stage
from tests.model.expected_browsers import Browser, Inside
from tests.model.expected_guard import Guard, Visit
from tests.model.openid import OpenIdClient

HOST = "grafana.localhost"
ORIGIN = f"http://{HOST}"
PROXY = "198.51.100.1"
TICKET_SECONDS = TICKET_LIFETIME.seconds
OPEN, START, REFUSED = 200, 302, 403
LOGGED_OUT = {True: [200], False: [303], None: [200, 303]}
"""What the form of the application is answered, by whether its visit lives: 303 leads to the panel, which asks."""


@dataclass(eq=False)
class Ticket:
    address: str
    nonce: str
    browser: Browser
    inside: Inside
    epoch: int
    at: int
    used: bool = False


class Guarded:
    def __init__(self, actions: Actions) -> None:
        self.actions, self.world = actions, actions.world
        contract = self.world.administrator.contract
        self.application = make_application(contract, ORIGIN)
        self.guard = Guard()
        self.client = OpenIdClient(self.world, self.application, self.guard)
        self.tickets: list[Ticket] = []

    # Opening it.

    def open(self, browser: Browser) -> None:
        if ticket := self.ask(browser):
            self.enter(ticket)

    def ask(self, browser: Browser) -> Ticket | None:
        """From the application's host to the panel, which gives a ticket or leads to what is left to do."""
        world = self.world
        world.settle(browser)
        there = Client(HTTP_HOST=HOST, REMOTE_ADDR=PROXY)
        asked = urlsplit(there.get("/.cloudpanel/start")["Location"])
        nonce = next(iter(there.cookies.values()))
        works, inside = browser.works_as(world.now), browser.inside(world.now)
        left = browser.stage(world.now) or (Stage.SETUP if inside else None)
        answer = world.get(browser, f"{asked.path}?{asked.query}")
        if not works:
            assert answer.url.partition("?")[0] == (left.value if left else "/login/")
            return None
        if answer.status_code != 302 or not answer.url.startswith(ORIGIN):
            self._not_given(browser, works, answer)
            return None
        assert self._given(browser, works)
        address = answer.url.removeprefix(ORIGIN)
        cookie = f"{nonce.key}={nonce.value}"
        self.tickets.append(Ticket(address, cookie, browser, browser.state, browser.state.epoch, world.now))
        return self.tickets[-1]

    def _given(self, browser: Browser, account: Account) -> bool:
        now = self.world.now
        return self.guard.opens(account, now - browser.state.confirmed, now)

    def _not_given(self, browser: Browser, account: Account, answer) -> None:
        assert not self._given(browser, account), words_of(answer)
        expected = self.guard.answer(account, self.world.now)
        assert answer.status_code == (REFUSED if expected == REFUSED else 302)
        if expected != REFUSED:
            assert answer.url.startswith(Stage.SETUP.value if expected == START else "/confirm/")

    def enter(self, ticket: Ticket) -> None:
        """Good once, in time, while the session has its row: what the visit is worth is said by the next check."""
        good = self.guard.active and not ticket.used and self.world.now < ticket.at + TICKET_SECONDS
        answer = Client(HTTP_HOST=HOST, REMOTE_ADDR=PROXY, HTTP_COOKIE=ticket.nonce).get(ticket.address)
        if answer.status_code == 302:
            assert good
            assert answer["Location"] == f"{ORIGIN}/"
            ticket.used = True
            cookie = next(iter(answer.cookies.values()))
            if ticket.browser.state is ticket.inside:  # else the person has left that browser, and its session lives on
                ticket.browser.visits.append(Visit(ticket.inside, ticket.epoch, f"{cookie.key}={cookie.value}"))
        else:
            assert answer.status_code == REFUSED
            assert not good or not self.lives(ticket.browser, ticket), "a good ticket was refused"
            ticket.used |= good

    # With a visit.

    def lives(self, browser: Browser, visit: Visit | Ticket) -> bool | None:
        """None in the minute in which only the database knows."""
        same = browser.state is visit.inside and visit.inside.epoch == visit.epoch
        return visit.inside.alive(self.world.now) if same else False

    def check(self, cookie: str) -> int:
        sent = {"HTTP_X_FORWARDED_PROTO": "http", "HTTP_X_FORWARDED_HOST": HOST, "HTTP_X_FORWARDED_URI": "/"}
        sent |= {"HTTP_X_FORWARDED_METHOD": "GET", "HTTP_ACCEPT": "text/html", "HTTP_COOKIE": cookie}
        return Client(REMOTE_ADDR=PROXY).get("/guard/caddy/", **sent).status_code

    def expected(self, browser: Browser, visit: Visit) -> int | None:
        lives = self.lives(browser, visit)
        if not self.guard.active:
            return REFUSED
        if lives is None:
            return None
        return self.guard.answer(visit.inside.account, self.world.now) if lives else START

    def use(self, browser: Browser) -> None:
        """Work in the application keeps the session alive."""
        self.world.settle(browser)
        for visit in browser.visits[-1:]:
            answer = self.check(visit.cookie)
            assert answer == self.expected(browser, visit)
            if answer == OPEN:
                browser.state.used = self.world.now

    def log_out(self, browser: Browser) -> None:
        """By the form of the application: the whole session is over, if this visit is one of it."""
        self.world.settle(browser)
        for visit in browser.visits[-1:]:
            client = Client(HTTP_HOST=HOST, REMOTE_ADDR=PROXY, HTTP_COOKIE=visit.cookie, HTTP_ORIGIN=ORIGIN)
            lives = self.lives(browser, visit)
            assert client.post("/.cloudpanel/logout").status_code in LOGGED_OUT[lives]
            if lives:
                browser.state.over = True

    def look(self) -> list[int]:
        """The check of every visit that a browser ever got from this application, without touching anything."""
        answers = []
        for browser in self.world.browsers.values():
            for visit in browser.visits[-2:]:
                expected = self.expected(browser, visit)
                point = transaction.savepoint()
                answer = self.check(visit.cookie)
                transaction.savepoint_rollback(point)
                assert expected in (answer, None), (browser.name, visit.inside.account.username)
                answers.append(answer)
        return answers

    # Changing it.

    def set_state(self, browser: Browser, *, active: bool) -> None:
        if self._does(browser, "state", {"state": "active" if active else "disabled"}):
            self.guard.active = active

    def set_access(self, browser: Browser, roles: frozenset[str] | None) -> None:
        world = self.world
        rows = {"administrator": world.administrator.pk, "reading": world.reading.pk}
        form = {"who": "roles", "roles": [rows[name] for name in roles]} if roles else {"who": "everybody"}
        if self._does(browser, "access", form):
            self.guard.roles = roles

    def set_needs(self, browser: Browser, *, two_factor: bool, minutes: int | None) -> None:
        """Less is the owner's alone."""
        guard = self.guard
        lowers = guard.two_factor > two_factor or (guard.minutes or 721) < (minutes or 721)
        form = {"needs": "two_factor" if two_factor else "login", "reauthenticate_minutes": minutes or ""}
        if self._does(browser, "needs", form, refused=lowers):
            guard.two_factor, guard.minutes = two_factor, minutes

    def _does(self, browser: Browser, page: str, form: dict, *, refused: bool = False) -> bool:
        world = self.world
        world.settle(browser)
        account = browser.works_as(world.now)
        answer = world.post(browser, f"/management/applications/{self.application.pk}/{page}/", form)
        if not account:
            assert answer.status_code == 302
        elif account.username not in ("owner", "lena", "nina"):
            assert answer.status_code == 404
        elif not account.owner and not account.administrator:
            assert answer.status_code == 403
        else:
            assert answer.status_code == (200 if refused and not account.owner else 302)
            return answer.status_code == 302
        return False


def words_of(answer) -> str:
    return f"{answer.status_code} {answer.get('Location', '')}"
