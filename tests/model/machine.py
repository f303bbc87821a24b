"""The state machine: what people, strangers and owners do, in any order.

After each step nobody is where they may not be, and whoever may come in gets in.
"""

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from tests.model import looks
from tests.model.actions import Actions
from tests.model.asking import Asking
from tests.model.counter import Counter
from tests.model.draws import anybody, browsers, kinds, members, mostly, seconds, shifts
from tests.model.expected import STEP, Stage
from tests.model.expected_browsers import Browser
from tests.model.guarded import Guarded
from tests.model.guarded_rules import Rules
from tests.model.keys import Keys
from tests.model.outside import Outside
from tests.model.plans import Plans
from tests.model.rules_of_help import HelpRules
from tests.model.rules_of_keys import KeyRules
from tests.model.rules_of_plans import PlanRules
from tests.model.rules_of_tabs import TabRules
from tests.model.servers import SERVERS, Servers
from tests.model.steps import Steps
from tests.model.tabs import Tabs


class LogIn(KeyRules, HelpRules, PlanRules, TabRules, Rules):
    def __init__(self) -> None:
        super().__init__()
        self.block = transaction.atomic()
        self.block._from_testcase = True  # each example is rolled back, as a test is
        self.block.__enter__()
        self.number = 0
        self.servers = Servers()
        self.world = Steps()
        self.actions = Actions(self.world)
        self.outside = Outside(self.actions)
        self.tabs = Tabs(self.actions)
        self.guarded = Guarded(self.actions)
        self.keys = Keys(self.actions)
        self.plans = Plans(self.actions)
        self.asking = Asking(self.actions)

    def teardown(self) -> None:
        try:
            self.whoever_is_known_gets_in()
        finally:
            self.world.end()
            self.servers.end()
            transaction.set_rollback(True)
            self.block.__exit__(None, None, None)

    def browser(self, name: str) -> Browser:
        return self.world.browsers[name]

    @initialize(inside=st.sets(st.sampled_from(["office", "desk", "phone", "home", "server"])))
    def begin(self, inside: set[str]) -> None:
        for name in sorted(inside):
            self.world.log_in(self.browser(name), self.world.person(self.browser(name), None))
            self.guarded.open(self.browser(name))
            self.guarded.client.log_in(self.browser(name))
        self.beginning()

    def beginning(self) -> None:
        """What has happened before the first step that is drawn."""

    # A login, step by step.

    @rule(name=browsers, who=anybody, right=mostly)
    def password(self, name, who, right):
        browser = self.browser(name)
        self.world.password_step(browser, self.world.person(browser, who), right=right)

    @rule(name=browsers, shift=shifts, anew=mostly)
    def code(self, name, shift, anew):
        """Of this step, of one around it, late, or from the future."""
        browser = self.browser(name)
        if factor := self.factor_at(browser, anew=anew):
            self.world.code_step(browser, factor.code_at(self.world.now // STEP + shift))

    @rule(name=browsers, anew=mostly)
    def replayed_code(self, name, anew):
        browser = self.browser(name)
        if factor := self.factor_at(browser, anew=anew):
            self.world.code_step(browser, factor.code_at(factor.last_step or 0))

    @rule(name=browsers, text=st.sampled_from(["000000", "12345", "1234567", "", "abcdef", "１２３４５６"]))
    def no_code(self, name, text):
        self.world.code_step(self.browser(name), text)

    @rule(name=browsers, kind=kinds, disable=st.sampled_from([False, False, True]), anew=mostly)
    def recovery_code(self, name, kind, disable, anew):
        browser = self.browser(name)
        if factor := self.factor_at(browser, anew=anew):
            self.world.recovery_step(browser, self.actions.recovery_code(factor, kind), disable=disable)

    def factor_at(self, browser: Browser, *, anew: bool):
        """The factor that is asked for here, after a password step of this browser's person where one is wanted."""
        if anew and browser.stage(self.world.now) is not Stage.CODE:
            self.actions.log_out(browser)
            self.world.password_step(browser, self.world.person(browser, None), right=True)
        return browser.state.account.factor if browser.state else None

    @rule(name=browsers)
    def forced_new_password(self, name):
        self.world.new_password_step(self.browser(name), self.world.fresh_password())

    @rule(name=browsers)
    def open_setup(self, name):
        self.world.open_setup(self.browser(name))

    @rule(name=browsers, shift=shifts)
    def activate(self, name, shift):
        self.world.activate(self.browser(name), shift)

    @rule(name=browsers)
    def next(self, name):
        self.world.post(self.browser(name), "/two-factor/activated/")

    @rule(name=browsers, who=anybody)
    def whole_log_in(self, name, who):
        browser = self.browser(name)
        self.world.log_in(browser, self.world.person(browser, who))

    # Inside.

    @rule(name=browsers, right=mostly, kind=st.sampled_from(["code", "code", "recovery", "replay", "wrong"]))
    def confirm(self, name, right, kind):
        self.actions.confirm(self.browser(name), right=right, kind=kind)

    @rule(name=browsers, right=mostly)
    def own_password(self, name, right):
        self.actions.own_password(self.browser(name), right=right)

    @rule(name=browsers)
    def disable(self, name):
        self.actions.disable(self.browser(name))

    @rule(name=browsers)
    def new_codes(self, name):
        self.actions.new_codes(self.browser(name))

    @rule(name=browsers)
    def end_other_sessions(self, name):
        self.actions.end_others(self.browser(name))

    @rule(name=browsers)
    def log_out(self, name):
        self.actions.log_out(self.browser(name))

    @rule(name=browsers)
    def use_the_panel(self, name):
        self.world.settle(self.browser(name))
        self.world.get(self.browser(name), "/profile/")

    # What owners and administrators do to others.

    @rule(name=browsers, whom=members, yes=st.booleans())
    def toggle(self, name, whom, yes):
        self.actions.toggle(self.browser(name), self.world.accounts[whom], yes=yes)

    @rule(name=browsers, whom=members)
    def reset(self, name, whom):
        self.actions.reset(self.browser(name), self.world.accounts[whom])

    @rule(name=browsers, whom=members, must_change=st.booleans())
    def set_password(self, name, whom, must_change):
        self.actions.set_password(self.browser(name), self.world.accounts[whom], must_change=must_change)

    @rule(name=browsers, whom=members, active=mostly)
    def set_state(self, name, whom, active):
        self.actions.set_state(self.browser(name), self.world.accounts[whom], active=active)

    @rule(name=browsers, whom=members, administrator=st.booleans())
    def set_role(self, name, whom, administrator):
        self.actions.set_role(self.browser(name), self.world.accounts[whom], administrator=administrator)

    @rule(name=browsers, whom=members)
    def end_sessions(self, name, whom):
        self.actions.end_sessions(self.browser(name), self.world.accounts[whom])

    @rule(name=browsers, whom=members)
    def unlock(self, name, whom):
        self.actions.unlock(self.browser(name), self.world.accounts[whom])

    # The world around.

    @rule(shift=seconds)
    def time_passes(self, shift):
        self.world.shift(shift)

    @rule(name=browsers)
    def another_browser(self, name):
        self.actions.forget_everything(self.browser(name))

    @rule(server=st.sampled_from(SERVERS))
    def restart(self, server):
        """Whatever this server kept in memory is gone."""
        self.servers.restart(server)

    @rule(whom=members, times=st.integers(1, 12), address=st.integers(1, 3))
    def stranger_guesses(self, whom, times, address):
        self.outside.guess_passwords(self.world.accounts[whom], times, f"192.0.2.{address}")

    @rule(whom=members, times=st.integers(1, 12))
    def thief_guesses(self, whom, times):
        """With the password, without the phone."""
        self.outside.guess_codes(self.world.accounts[whom], times)

    @rule(who=st.sampled_from(["owner", "lena", "nina", "stranger"]))
    def ask_for_a_link(self, who):
        self.outside.ask_for_link(self.world.accounts[who])

    @precondition(lambda self: self.outside.links)
    @rule(choice=st.integers(0, 20))
    def use_a_link(self, choice):
        self.outside.use_link(self.outside.links[-1 - choice % len(self.outside.links)])

    @precondition(lambda self: self.world.old_cookies)
    @rule(choice=st.integers(0, 200))
    def an_old_cookie_opens_nothing(self, choice):
        cookies = self.world.old_cookies
        looks.at_an_old_cookie(cookies[-1 - choice % len(cookies)])

    @rule(name=browsers, who=anybody, besieged=st.sampled_from([False, False, True]))
    def comes_home(self, name, who, besieged):
        browser = self.browser(name)
        self.outside.gets_in(browser, self.world.person(browser, who), besieged=besieged)

    def whoever_is_known_gets_in(self) -> None:
        for name in ("office", "desk", "home"):
            browser = self.browser(name)
            self.outside.gets_in(browser, self.world.person(browser, None))

    # After each step.

    @invariant()
    def all_is_as_it_ought_to_be(self):
        Counter.steps += 1
        self.number += 1
        looks.around(self.world, self.number)
        looks.at_rows(self.world)
        Counter.checks.update(self.guarded.look())
