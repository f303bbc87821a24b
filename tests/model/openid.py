"""An application that people log in to with OpenID Connect: who gets a code, and for how long its tokens are good."""

from django.db import transaction

from cloudpanel.applications.models import Application
from cloudpanel.applications.openid.digests import digest
from cloudpanel.applications.openid.models import Client
from tests.applications.openid.conftest import BACK, SECRET, Console, answered
from tests.model.counter import Counter
from tests.model.expected_browsers import Browser
from tests.model.expected_guard import Guard
from tests.model.expected_openid import Granted
from tests.model.world import World

SILENTLY = {"prompt": "none", "scope": "openid offline_access"}
"""No page is shown: there is a code, or the reason why not."""
GOOD, OVER = 200, 401


class OpenIdClient:
    def __init__(self, world: World, application: Application, guard: Guard) -> None:
        self.world, self.guard = world, guard
        application.openid, application.client_id = True, "client-of-the-model"
        application.save(update_fields=["openid", "client_id"])
        client = Client.objects.create(application=application, redirect_uris=BACK, secret=digest(SECRET))
        self.console = Console(client)

    def log_in(self, browser: Browser) -> None:
        world = self.world
        world.settle(browser)
        account, state = browser.works_as(world.now), browser.state
        answer = answered(world.get(browser, self.console.request(**SILENTLY)))
        opens = account is not None and self.guard.opens(account, world.now - state.confirmed, world.now)
        assert ("code" in answer) == opens, answer
        Counter.openid["code" if opens else answer["error"]] += 1
        if opens:
            tokens = self.console.redeem(answer["code"]).json()
            about = {"epoch": state.epoch, "proven": state.proven, "at": world.now}
            issued = {"access": tokens["access_token"], "refresh": tokens["refresh_token"]}
            world.granted.append(Granted(browser, state, **about, **issued))

    def refresh(self, granted: Granted) -> None:
        """It is a use of the session, if that still lives."""
        self.world.settle(granted.browser)
        now, expected = self.world.now, granted.can_refresh(self.guard, self.world.now)
        lives = granted.session_lives(now)
        answer = self.console.refresh(granted.refresh)
        assert expected in (answer.status_code == GOOD, None), (granted.inside.account.username, answer.content)
        Counter.openid["refreshed" if answer.status_code == GOOD else "not refreshed"] += 1
        if answer.status_code != GOOD:
            granted.revoked |= granted.unchanged and granted.may_open(self.guard, now) is False
            return
        tokens = answer.json()
        granted.access, granted.refresh, granted.at = tokens["access_token"], tokens["refresh_token"], now
        granted.offline = None if lives is None else not lives
        if lives:
            granted.inside.used = now

    def look(self) -> None:
        """At the newest tokens, without touching anything."""
        for granted in self.world.granted[-3:]:
            expected = granted.has_access(self.guard, self.world.now)
            point = transaction.savepoint()
            status = self.console.userinfo(granted.access).status_code
            transaction.savepoint_rollback(point)
            assert status in (GOOD, OVER)
            assert expected in (status == GOOD, None), granted.inside.account.username
            Counter.openid["access" if status == GOOD else "no access"] += 1
