"""Every combination of what a thief may hold, each tried as far as it goes: at which of them does the panel open?

password: Lena's. mailbox: reads her mail. ear: the owner believes the thief and types whatever the thief says. words:
overheard from Lena. cookie: copied from the browser that asked.
"""

from itertools import chain, combinations

import pytest

from accounts.models import User
from accounts.reset import links
from tests.people import Person, code_of
from tests.twofactor.help.conftest import HELP, SETUP, answer, ask, words_on
from twofactor.help import queries

pytestmark = pytest.mark.django_db
NEW = "seven brave otters juggle"


def every(*things: str) -> list[tuple[str, ...]]:
    return list(chain.from_iterable(combinations(things, count) for count in range(len(things) + 1)))


class Thief:
    def __init__(self, lena: User, holds: tuple[str, ...]) -> None:
        self.lena, self.holds = lena, holds
        self.browser = Person(lena, password="", ip="198.51.100.9")

    def knows_the_password(self) -> bool:
        """By heart, or anew by mail."""
        if "mailbox" in self.holds:
            self.lena.refresh_from_db()
            path = links.reset_link(self.lena).removeprefix("http://127.0.0.1:8000")
            assert self.browser.post(path, {"new_password1": NEW, "new_password2": NEW}).url == "/login/"
            self.browser.password = NEW
        elif "password" in self.holds:
            self.browser.password = Person(self.lena).password
        return bool(self.browser.password)

    def asks(self, olivia: Person) -> None:
        """And calls the owner, who is asked to type the words on this thief's screen."""
        self.browser.start_login()
        self.browser.post(HELP)
        asked = queries.open_of(User.objects.get(pk=self.lena.pk))
        if "ear" in self.holds and asked and 'class="spoken"' in self.browser.get(HELP).content.decode():
            answer(olivia, asked, "approve", words_on(self.browser))

    def sets_up(self) -> bool:
        if self.browser.get(SETUP).status_code != 200 and self.browser.password:
            self.browser.post("/logout/")
            self.browser.start_login()
        if self.browser.get(SETUP).status_code != 200:
            return False
        assert self.browser.post(SETUP, {"code": code_of(self.browser.read_key())}).status_code == 302
        return self.browser.is_in()


@pytest.mark.parametrize("holds", every("password", "mailbox", "ear"), ids="+".join)
def test_while_nobody_else_asks(phone, olivia, lena, holds):
    thief = Thief(lena, holds)
    if thief.knows_the_password():
        thief.asks(olivia)
    assert thief.sets_up() is ("ear" in holds and len(holds) > 1)
    lena.refresh_from_db()
    assert lena.two_factor_active


@pytest.mark.parametrize("holds", every("password", "ear", "words"), ids="+".join)
def test_while_lena_asks(browser, olivia, lena, holds):
    """A thief with ear and words resets for Lena's browser, and for no other."""
    asked = ask(browser)
    heard = words_on(browser)
    thief = Thief(lena, holds)
    if thief.knows_the_password():
        thief.asks(olivia)
    if {"ear", "words"} <= set(holds):
        answer(olivia, asked, "approve", heard)
    assert not thief.sets_up()
    approved = {"ear", "words"} <= set(holds)
    assert browser.get(HELP).status_code == (302 if approved else 200)


@pytest.mark.parametrize("ear", [False, True])
def test_with_the_mailbox_while_lena_asks(browser, olivia, lena, ear):
    """The new password ends her request. What is left is a thief who asks for themselves."""
    asked = ask(browser)
    heard = words_on(browser)
    thief = Thief(lena, ("mailbox", "ear") if ear else ("mailbox",))
    thief.knows_the_password()
    answer(olivia, asked, "approve", heard)
    assert browser.get(HELP).url.startswith("/login/")
    assert not thief.sets_up()
    thief.asks(olivia)
    assert thief.sets_up() is ear


@pytest.mark.parametrize("holds", every("password", "mailbox", "words", "cookie"), ids="+".join)
def test_after_the_approval(browser, olivia, lena, holds):
    """The cookie with the password is that browser; everything else reads that the account waits."""
    asked = ask(browser)
    answer(olivia, asked, "approve", words_on(browser))
    thief = Thief(lena, holds)
    if "cookie" in holds:
        thief.browser.client.cookies["help"] = browser.client.cookies["help"].value
    thief.knows_the_password()
    assert thief.sets_up() is ("cookie" in holds and bool({"password", "mailbox"} & set(holds)))
