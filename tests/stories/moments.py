"""Ute, about whose account something happens, what may end with it, and the row of the table for each event."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from accounts.models import User
from accounts.reset import links
from tests.factories import make_member, make_owner
from tests.people import Person
from tests.twofactor.keys.browser import Browser
from tests.twofactor.keys.token import Token

ADDRESS, OLD, OWNERS = "ute@example.com", "old@example.com", "olivia@example.com"


class World:
    """Ute, whose account it is about, at several browsers, and Olivia, the owner."""

    def __init__(self, clock, *, active: bool, required: bool, email: str) -> None:
        self.clock = clock
        owner = make_owner(email=OWNERS)
        self.ute = make_member(owner.contracts.get(), "ute", email=email, two_factor_required=required)
        self.olivia = Person(owner)
        self.here = Browser(self.ute)
        self.token = Token()
        if active:
            self.here.enrol()
            if not required:
                User.objects.filter(pk=self.ute.pk).update(two_factor_required=False)
        self.elsewhere, self.setting_up, self.on_its_way = self.browser(), self.browser(), self.browser()
        for browser in (self.here, self.elsewhere, self.setting_up):
            browser.log_in()
            clock.shift(30)
        self.here_key, self.pending_key, self.link, self.mailed = b"", b"", "", ""

    def browser(self) -> Browser:
        return self.here.another_browser()

    def wait_for_it(self) -> None:
        """All that may die is there, and the owner's and the person's proofs are fresh."""
        self.olivia.log_in()
        self.pending_key = self.setting_up.read_key()
        self.on_its_way.start_login()
        self.link = path(links.reset_link(self.account()))

    def account(self) -> User:
        return User.objects.get(pk=self.ute.pk)

    def page(self, name: str) -> str:
        return f"/management/users/{self.ute.pk}/{name}/"

    def begin_login_here(self) -> None:
        """The browser at hand logs in once more, up to the code."""
        self.here = self.browser()
        assert self.here.start_login().url == "/login/code/"


Act = Callable[[World], object]


def nothing(world: World) -> None:
    """What happens is all at the moment itself."""


@dataclass(frozen=True)
class Case:
    """One row of the table. `before` brings the person to the moment, `act` is the moment."""

    event: str
    act: Act
    audit: tuple[str, ...]
    to_person: int = 1
    to_old: int = 0
    to_owner: int = 0
    notice: bool | None = True
    """None: where there is no email it can't happen."""
    notice_beside_mail: bool = False
    sessions: bool = True
    pending_login: bool | None = True
    links: bool = True
    set_ups: bool | None = True
    before: Act = nothing
    active: bool = True
    required: bool = True
    goes_on: bool = False
    """The browser in which the person did it stays logged in."""
    address: str = ADDRESS


def path(link: str) -> str:
    return urlsplit(link).path
