"""The rules of the machine that are about help: one asks, and the account owner answers."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.model.asking import MADE_UP
from tests.model.draws import anybody, browsers, mostly, of_members
from tests.model.expected import Stage

delays = st.sampled_from([*[0] * 18, 59, 299, 1739, 1799, 1800, 1801])
answers = st.sampled_from(["approve", "approve", "refuse", "block"])
hearings = st.sampled_from(["right", "right", "right", "right", "RIGHT", "earlier", "wrong"])
turns = st.sampled_from([None, None, None, None, "reset", "no", "new password", "off and on", "off and on", "link"])
answerers = st.sampled_from(["office", "office", "office", "office", "desk", "home"])


class HelpRules:
    def lost(self, name, who):
        """The browser of somebody who has logged in somewhere with a factor, and has none of it here."""
        browser, account = self.browser(name), self.world.person(self.browser(name), who)
        self.world.settle(browser)
        self.actions.log_out(browser)
        if not account.factor:
            self.world.log_in(browser, account)
            if not account.factor:
                self.world.open_setup(browser)
                self.world.activate(browser, 0)
            self.actions.log_out(browser)
        self.world.password_step(browser, account, right=True)
        return browser

    @rule(name=browsers, who=anybody, anew=mostly)
    def ask_for_help(self, name, who, anew):
        browser = self.browser(name)
        if anew and browser.stage(self.world.now) is not Stage.CODE:
            browser = self.lost(name, who)
        self.asking.ask(browser)

    @rule(name=browsers)
    def look_whether_help_came(self, name):
        self.asking.look(self.browser(name))

    @precondition(lambda self: self.world.requests)
    @rule(name=answerers, choice=st.integers(0, 5), action=answers, hearing=hearings, delay=delays, anew=mostly)
    def owner_answers(self, name, choice, action, hearing, delay, anew):
        """To the last request or an earlier one, by its own words, those of another, or made up."""
        requests = self.world.requests
        asked = requests[-1] if choice < 4 else requests[-choice % len(requests)]
        self.world.shift(delay)
        name = name if asked.account.member or not anew else "server"
        browser = self.actions.proved_freshly(self.browser(name)) if anew else self.browser(name)
        heard = {"right": asked.words, "RIGHT": asked.words.upper(), "wrong": MADE_UP}.get(hearing, requests[0].words)
        answer = self.asking.answer if asked.account.member else self.asking.answer_in_admin
        answer(browser, asked, action, heard)

    @rule(name=of_members, delays=st.tuples(delays, delays), action=answers, turn=turns, early=st.booleans())
    def is_answered(self, name, delays, action, turn, early):
        """All of it in a row, with time between, and with something that ends it before or after the answer."""
        browser, account = self.lost(name, None), self.world.person(self.browser(name), None)
        self.asking.ask(browser)
        asked = self.asking.open_request(account)
        if not asked:
            return
        self.world.shift(delays[0])
        owner = self.actions.proved_freshly(self.browser("office"))
        if early:
            self.something_ends_it(owner, account, turn)
        self.asking.answer(owner, asked, action, asked.words)
        self.world.shift(delays[1])
        if not early:
            self.something_ends_it(owner, account, turn)
        self.world.open_setup(browser)
        self.world.activate(browser, 0)

    def something_ends_it(self, owner, account, what):
        match what:
            case "reset":
                self.actions.reset(owner, account)
            case "no":
                self.actions.toggle(owner, account, yes=False)
            case "new password":
                self.actions.set_password(owner, account, must_change=False)
            case "off and on":
                for active in (False, True):
                    self.actions.set_state(owner, account, active=active)
            case "link":
                self.outside.ask_for_link(account)
                for link in self.outside.links[-1:]:
                    self.outside.use_link(link)

    @rule(name=browsers, anew=mostly)
    def goes_on_where_help_was_asked(self, name, anew):
        """In the browser that an account waits for: in the login that asked, or after the password once more."""
        browser, account = self.browser(name), self.world.person(self.browser(name), None)
        if anew and account.reserved:
            self.actions.log_out(browser)
            self.world.password_step(browser, account, right=True)
        self.world.open_setup(browser)
        self.world.activate(browser, 0)

    @rule(name=browsers)
    def the_cookie_of_help_is_lost(self, name):
        self.asking.forget_cookie(self.browser(name))
