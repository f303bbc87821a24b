"""What is done from inside and to others, each with what may come of it."""

from accounts.models import User
from tests.model.counter import Counter
from tests.model.expected import STEP, Account, Factor
from tests.model.expected_browsers import Browser
from tests.model.steps import Steps
from tests.model.world import WRONG
from tests.people import words
from twofactor.factors import recovery_codes


class Actions:
    def __init__(self, world: Steps) -> None:
        self.world = world

    def proved_freshly(self, browser: Browser) -> Browser:
        """Its person has logged in a moment ago, as far as they get in."""
        self.world.settle(browser)
        if not browser.works_as(self.world.now) or not browser.state.fresh(self.world.now):
            self.log_out(browser)
            self.world.log_in(browser, self.world.person(browser, None))
        return browser

    # Inside.

    def confirm(self, browser: Browser, *, right: bool, kind: str) -> None:
        self.world.settle(browser)
        account = browser.inside(self.world.now)
        form = {"password": account.password if account and right else WRONG}
        right = right and not (account and account.revoked)
        factor = account.factor if account else None
        if factor:
            kind = kind if factor.key else "recovery"
            field = "recovery_code" if kind == "recovery" else "code"
            form[field] = self.code(factor, kind)
        response = self.world.post(browser, "/confirm/", form)
        if account is None:
            assert response.status_code == 302
            assert response.url != "/"
        elif response.status_code == 302:
            assert right
            self.accepted(factor, form)
            account.wrong = 0
            browser.state.confirmed = self.world.now
        elif response.status_code == 200:
            self.refused(account, factor, form, right=right)

    def code(self, factor: Factor, kind: str) -> str:
        if kind == "recovery":
            return self.recovery_code(factor, "unused")
        if kind == "wrong":
            return "000000"
        step = factor.last_step if kind == "replay" else max(factor.last_step + 1, self.world.now // STEP)
        return factor.code_at(step)

    def accepted(self, factor: Factor | None, form: dict) -> None:
        if factor and "recovery_code" in form:
            self.world.spend(factor, form["recovery_code"])
        elif factor:
            step = self.world.step_of(factor, form["code"])
            assert step is not None
            assert factor.takes(step, self.world.now)
            factor.last_step = step

    def refused(self, account: Account, factor: Factor | None, form: dict, *, right: bool) -> None:
        if not right:
            self.world.failures += 1
            return
        assert factor
        if "recovery_code" in form:
            assert form["recovery_code"] not in factor.codes
            self.world.wrong_code(account)
            return
        step = self.world.step_of(factor, form["code"])
        assert step is None or not factor.takes(step, self.world.now)
        if not factor.is_last(step):
            self.world.wrong_code(account)

    def recovery_code(self, factor: Factor, kind: str) -> str:
        if kind == "unused" and factor.codes:
            return min(factor.codes)
        if kind == "spent" and factor.spent:
            return min(factor.spent)
        if kind == "app":
            return factor.code_at(self.world.now // STEP)
        return recovery_codes.in_groups(recovery_codes._new_code())

    def own_password(self, browser: Browser, *, right: bool) -> None:
        world = self.world
        world.settle(browser)
        account, before, new = browser.works_as(world.now), world.session_id(browser), world.fresh_password()
        form = {"current_password": account.password if account and right else WRONG}
        response = world.post(browser, "/profile/password/", form | {"new_password1": new, "new_password2": new})
        if not account or not browser.state.fresh(world.now):
            assert response.status_code == 302
            assert response.url != "/profile/"
        elif response.status_code == 302:
            assert right
            account.new_password(new)
            world.moved(browser, before)
            browser.state.epoch = account.epoch
            browser.state.acted(world.now)
        elif response.status_code == 200:
            assert not right
            world.failures += 1

    def disable(self, browser: Browser) -> None:
        world = self.world
        world.settle(browser)
        account, before = browser.works_as(world.now), world.session_id(browser)
        response = world.post(browser, "/two-factor/disable/")
        must_use = account and account.must_use(world.now)
        assert response.status_code == (403 if must_use else 302)
        if account and not must_use and account.factor and browser.state.fresh(world.now):
            account.lose_factor()
            world.moved(browser, before)
            browser.state.epoch, browser.state.proven = account.epoch, None
        if account and not must_use:
            browser.state.acted(world.now)

    def new_codes(self, browser: Browser) -> None:
        world = self.world
        world.settle(browser)
        account, before = browser.works_as(world.now), world.session_id(browser)
        response = world.post(browser, "/two-factor/recovery-codes/")
        assert response.status_code == 302
        if account and account.factor and browser.state.fresh(world.now):
            assert response.url == "/two-factor/activated/"
            account.epoch += 1
            world.moved(browser, before)
            browser.state.epoch = account.epoch
            world.read_codes(browser, account.factor)
        if account:
            browser.state.acted(world.now)

    def end_others(self, browser: Browser) -> None:
        self.world.settle(browser)
        account = browser.works_as(self.world.now)
        assert self.world.post(browser, "/profile/security/sessions/end-others/").status_code == 302
        if account:
            self.end_all(account, but=browser)

    def end_all(self, account: Account, *, but: Browser | None = None) -> None:
        """Sessions and pending logins, those included that wait for help in a browser which has forgotten them."""
        for browser in self.world.browsers.values():
            if browser is not but and browser.state and browser.state.account is account:
                browser.state.over = True
        for asked in self.world.requests:
            asked.login.over |= asked.account is account
        self.world.revoke_tokens(account, but)

    def log_out(self, browser: Browser) -> None:
        before = self.world.session_id(browser)
        assert self.world.post(browser, "/logout/").url == "/login/"
        if before:
            self.world.old_cookies.append(before)
        browser.leave()

    def forget_everything(self, browser: Browser) -> None:
        browser.client.cookies.clear()
        for asked in self.world.requests:
            asked.left |= asked.browser is browser and asked.is_open(self.world.now)
        browser.state, browser.key, browser.known_browsers, browser.visits = None, None, {}, []
        browser.secrets = {}

    # To others.

    def does(
        self,
        browser: Browser,
        target: Account,
        page: str,
        form: dict,
        *,
        fresh: bool,
        owner_only: bool,
        good: bool = True,
    ) -> bool:
        """Posts one of the forms of a user's page; whether it was let through, as the model says it must be.

        What is not `good` comes back to whoever would be let through.
        """
        world = self.world
        world.settle(browser)
        account, now = browser.works_as(world.now), world.now
        response = world.post(browser, f"/management/users/{target.pk}/{page}/", form)
        if not account:
            assert response.status_code == 302
            return False
        if not target.member or account.username not in ("owner", "lena", "nina"):
            assert response.status_code == 404
            return False
        self_harm = account is target and page in ("state", "role", "unlock", "password")
        if (not account.owner and (owner_only or not account.administrator)) or self_harm:
            assert response.status_code == 403
            return False
        stale = fresh and not browser.state.fresh(now)
        assert response.status_code == (302 if good or stale else 200), words(response)
        assert response.get("Location", "").startswith("/confirm/") == stale
        if fresh and good:
            browser.state.acted(now)
        return not stale

    def toggle(self, browser: Browser, target: Account, *, yes: bool) -> None:
        form = {"required": "yes" if yes else "no"}
        if not self.does(browser, target, "two-factor-required", form, fresh=True, owner_only=True):
            return
        if yes:
            target.plan(None, self.world.now)
        else:
            Counter.plans["withdrawn"] += target.planned(self.world.now)
            target.release(self.world.now)

    def reset(self, browser: Browser, target: Account) -> None:
        """Where 2FA is off it acts on who has a session, be it one that has run out: the row says whether it did."""
        resets = User.objects.get(pk=target.pk).resets
        if not self.does(browser, target, "two-factor-reset", {}, fresh=True, owner_only=True):
            return
        acted = User.objects.get(pk=target.pk).resets > resets
        assert acted or not (target.must_use(self.world.now) or target.factor or target.reserved)
        if acted:
            target.lose_factor()

    def set_password(self, browser: Browser, target: Account, *, must_change: bool) -> None:
        new = self.world.fresh_password()
        form = {"password1": new, "password2": new} | ({"must_change_password": "on"} if must_change else {})
        if self.does(browser, target, "password", form, fresh=True, owner_only=False):
            target.password_by_other(new, must_change=must_change)

    def set_state(self, browser: Browser, target: Account, *, active: bool) -> None:
        form = {"state": "active" if active else "deactivated"}
        self_harm = browser.works_as(self.world.now) is target and active
        if self_harm:  # one who is inside is active: nothing to do, and no harm in it
            return
        if self.does(browser, target, "state", form, fresh=False, owner_only=False) and target.active != active:
            target.active, target.epoch = active, target.epoch + 1

    def set_role(self, browser: Browser, target: Account, *, administrator: bool) -> None:
        role = self.world.administrator if administrator else self.world.reading
        if self.does(browser, target, "role", {"role": role.pk}, fresh=False, owner_only=False):
            target.roles_before += target.administrator is not administrator
            target.administrator = administrator

    def end_sessions(self, browser: Browser, target: Account) -> None:
        if self.does(browser, target, "sessions", {}, fresh=False, owner_only=True):
            self.end_all(target)

    def unlock(self, browser: Browser, target: Account) -> None:
        self.does(browser, target, "unlock", {}, fresh=False, owner_only=False)
