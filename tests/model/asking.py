"""Somebody without phone, keys and codes asks the account owner, who answers in time, late, wrongly or not at all."""

import re

from django.conf import settings

from tests.model.actions import Actions
from tests.model.counter import Counter
from tests.model.expected import Account, Stage
from tests.model.expected_browsers import Asked, Browser
from tests.people import words
from twofactor.help.models import HelpRequest

HELP = "/login/help/"
SPOKEN = re.compile(r'class="spoken">(.*?)</p>', re.S)
MADE_UP = "words made up"
WRONG_ENTRIES = 3


class Asking:
    def __init__(self, actions: Actions) -> None:
        self.actions, self.world = actions, actions.world

    def open_request(self, account: Account) -> Asked | None:
        """Of one account there is one at most."""
        found = [asked for asked in self.world.requests if asked.account is account and asked.is_open(self.world.now)]
        assert len(found) <= 1
        return found[0] if found else None

    # The person.

    def ask(self, browser: Browser) -> None:
        """By the button; who may make a request has its words on the page afterwards."""
        world = self.world
        world.settle(browser)
        stage = browser.stage(world.now)
        response = world.post(browser, HELP)
        if stage is not Stage.CODE:
            assert response.status_code == 302
            assert response.url != HELP
            return
        account = browser.state.account
        there = self.open_request(account)
        if response.status_code == 429:
            return
        assert response.url == HELP
        if not there and not account.admin:
            self._begin(browser, account)
        elif there and there.login is browser.state:
            browser.keep_secret(account, there.secret, world.now)
        self.look(browser)

    def _begin(self, browser: Browser, account: Account) -> None:
        """It costs an attempt, and is no wrong code."""
        world, now = self.world, self.world.now
        world.failures += 1
        secret = browser.secret_of(account, now) or object()
        number = HelpRequest.objects.filter(user=account.pk).latest("pk").pk
        asked = Asked(account, browser, browser.state, secret, account.epoch, now, number, words="")
        browser.state.asked = asked
        world.requests.append(asked)
        asked.words = self.look(browser)
        assert len(set(asked.words.split())) == 3
        assert asked.words not in {other.words for other in world.requests[:-1]}
        Counter.help["asked"] += 1

    def look(self, browser: Browser) -> str:
        """What the page shows: words, if the request of this very login is open, and nowhere else."""
        world = self.world
        world.settle(browser)
        stage = browser.stage(world.now)
        response = world.get(browser, HELP)
        assert (response.status_code == 200) == (stage is Stage.CODE)
        spoken = SPOKEN.search(response.content.decode())
        shown = " ".join(re.findall(r"<span>(\w+)</span>", spoken[1])) if spoken else ""
        asked = browser.state.asked if stage is Stage.CODE else None
        open_here = asked is not None and asked.is_open(world.now)
        assert bool(shown) == open_here
        if asked and open_here:
            assert shown == (asked.words or shown)
            browser.keep_secret(asked.account, asked.secret, world.now)
        return shown

    # The owner.

    def answer(self, browser: Browser, asked: Asked, action: str, heard: str) -> None:
        """Somebody posts an answer to this request; who may, and is freshly proved where it resets, is heard."""
        approves = action == "approve"
        self.read(browser, asked)
        is_open = asked.is_open(self.world.now)
        wrong = approves and is_open and heard.casefold() != asked.words
        form = {"request": asked.number, "action": action, "words": heard}
        good = not wrong or asked.wrong == WRONG_ENTRIES - 1
        if self.actions.does(browser, asked.account, "help", form, fresh=approves, owner_only=True, good=good):
            self._answered(asked, action, is_open=is_open, wrong=wrong)

    def answer_in_admin(self, browser: Browser, asked: Asked, action: str, heard: str) -> None:
        """An admin answers an account owner, by the same rules."""
        world = self.world
        world.settle(browser)
        account, is_open = browser.works_as(world.now), asked.is_open(world.now)
        form = {"answer": action, "typed": heard}
        response = world.post(browser, f"/admin/twofactor/helprequest/{asked.number}/change/", form)
        assert response.status_code in (302, 403)
        if account and account.admin:
            assert not is_open or response.status_code == 302
            wrong = action == "approve" and is_open and heard.casefold() != asked.words
            self._answered(asked, action if is_open else "none", is_open=is_open, wrong=wrong)

    def _answered(self, asked: Asked, action: str, *, is_open: bool, wrong: bool) -> None:
        """What comes of an answer by somebody who may give it."""
        Counter.help["too late"] += not is_open
        if wrong:
            asked.wrong += 1
            if asked.wrong == WRONG_ENTRIES:
                self._end(asked, "wrong words")
        elif is_open and action == "approve":
            self._approve(asked)
        elif is_open:
            self._end(asked, "refused")
        if action == "block" and asked.answer == "refused" and asked.epoch == asked.account.epoch:
            asked.account.revoked = True
            self._end(asked, "blocked")

    def read(self, browser: Browser, asked: Asked) -> None:
        """Nobody but the asking browser ever sees the words."""
        response = self.world.get(browser, f"/management/users/{asked.account.pk}/help/")
        assert asked.words not in words(response).casefold()

    def _approve(self, asked: Asked) -> None:
        """As a reset, but the login that asked goes on, and for now nobody else's does."""
        asked.account.lose_factor()
        asked.account.reserved = asked.secret
        self._end(asked, "approved")

    def _end(self, asked: Asked, answer: str) -> None:
        asked.answer = answer
        Counter.help[answer] += 1
        if answer == "refused" and asked.browser.state is asked.login:
            asked.browser.state = asked.browser.key = None

    def forget_cookie(self, browser: Browser) -> None:
        """Its person removes the cookie of help alone."""
        browser.client.cookies.pop(settings.HELP_COOKIE, None)
        browser.secrets = {}
