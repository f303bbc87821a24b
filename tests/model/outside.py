"""What comes from outside: strangers and thieves who guess, links by mail; and the promise to whoever is known."""

import re
from urllib.parse import urlsplit

from django.core import mail
from django.test import Client

from tests.model.actions import Actions
from tests.model.expected import Account, Stage
from tests.model.expected_browsers import Browser, Link, Pending
from tests.model.world import LONGEST_WAIT, WRONG

LINK = re.compile(r"http://localhost:8000(/password/reset/\S+)")


class Outside:
    def __init__(self, actions: Actions) -> None:
        self.actions, self.world = actions, actions.world
        self.links: list[Link] = []

    def guess_passwords(self, target: Account, times: int, address: str) -> None:
        stranger = Client(REMOTE_ADDR=address)
        for _ in range(times):
            response = stranger.post("/login/", {"username": target.username, "password": WRONG})
            assert response.status_code in (200, 429)
            self.world.failures += response.status_code == 200

    def guess_codes(self, target: Account, times: int) -> None:
        """The thief takes the waits as they come, as long as they are short."""
        world = self.world
        thief = Browser("thief", target.username, "192.0.2.66", Client(REMOTE_ADDR="192.0.2.66"))
        for number in range(times):
            if thief.stage(world.now) is not Stage.CODE:
                world.password_step(thief, target, right=True)
            if not isinstance(thief.state, Pending) or thief.stage(world.now) is not Stage.CODE:
                return
            wrong = f"{number:06}"
            if world.step_of(target.factor, wrong) is None:
                response = world.code_step(thief, wrong)
                if response.status_code == 429 and int(response["Retry-After"]) <= 120:
                    world.shift(int(response["Retry-After"]))

    def ask_for_link(self, account: Account) -> None:
        mail.outbox.clear()
        response = Client().post("/password/forgot/", {"username_or_email": account.username})
        assert response.status_code == 200
        for letter in mail.outbox:
            assert account.active
            assert letter.to == [f"{account.username}@example.com"]
            path = urlsplit(LINK.search(letter.body)[1]).path
            self.links.append(
                Link(path, account, account.epoch, account.last_login, account.roles_before, self.world.now)
            )

    def use_link(self, link: Link) -> None:
        """It sets a password while the account is as it was, once; it never lets anybody in."""
        world, account, new = self.world, link.account, self.world.fresh_password()
        alive, client = link.alive(world.now), Client()
        assert client.get(link.path).status_code == (200 if alive else 404)
        response = client.post(link.path, {"new_password1": new, "new_password2": new})
        assert client.get("/profile/").status_code == 302
        assert response.status_code == (302 if alive else 404)
        if alive:
            assert response.url == "/login/"
            account.new_password(new)
            account.forgive()

    # The promise.

    def gets_in(self, browser: Browser, account: Account, *, besieged: bool = False) -> None:
        """Who has password and code, in a browser that the account knows, is in within 15 minutes.

        Besieged, a stranger with many addresses never pauses, and is always first when a wait is over.
        """
        world = self.world
        world.settle(browser)
        if not browser.knows(account) or not account.active or account.revoked:
            return
        if browser.inside(world.now):
            self.actions.log_out(browser)
        hosts = iter(range(100, 250))
        for _ in range(5 if besieged else 0):
            self.guess_passwords(account, 5, f"192.0.2.{next(hosts)}")
        waited, wait = 0, world.log_in(browser, account)
        while wait:
            waited += wait
            assert waited <= LONGEST_WAIT, f"{account.username} was kept out for {waited} seconds"
            world.shift(wait)
            self.guess_passwords(account, int(besieged), f"192.0.2.{next(hosts)}")
            wait = world.log_in(browser, account)
        assert browser.works_as(world.now) is account
