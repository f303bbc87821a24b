"""The rules of the machine that are about security keys."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.model.draws import anybody, browsers, mostly
from tests.model.expected import Stage

choices, mostly_not = st.integers(0, 5), st.sampled_from([False, False, True])


class KeyRules:
    @rule(name=browsers)
    def add_a_key(self, name):
        self.keys.add(self.browser(name))

    def owner_of_a_key(self, name):
        """The browser, whose person has logged in freshly and added a key if there was none."""
        browser = self.browser(name)
        account = self.world.person(browser, None)
        if browser.works_as(self.world.now) is not account:
            self.actions.log_out(browser)
        self.actions.proved_freshly(browser)
        if not account.factor or not account.factor.tokens:
            self.keys.add(browser)
        return browser

    @rule(name=browsers)
    def have_a_key(self, name):
        self.owner_of_a_key(name)

    @rule(name=browsers)
    def set_up_with_a_key(self, name):
        """Held at the setup, if nothing is set up yet."""
        browser = self.browser(name)
        self.actions.log_out(browser)
        self.world.password_step(browser, self.world.person(browser, None), right=True)
        self.keys.add(browser)

    @rule(name=browsers, choice=choices, spoilt=mostly_not)
    def key_as_the_second_factor(self, name, choice, spoilt):
        browser = self.owner_of_a_key(name)
        if self.factor_at(browser, anew=True) and browser.stage(self.world.now) is Stage.CODE:
            token = self.keys.one_of(browser.state.account, choice)
            self.world.key_step(browser, token, spoilt=spoilt)

    @rule(name=browsers, who=anybody, choice=choices, spoilt=mostly_not, anew=mostly)
    def passkey(self, name, who, choice, spoilt, anew):
        browser = self.owner_of_a_key(name) if anew else self.browser(name)
        self.world.settle(browser)
        if browser.inside(self.world.now) or browser.state is None:
            self.actions.log_out(browser)
        account = self.world.person(browser, who)
        self.world.passkey_step(browser, account, self.keys.one_of(account, choice), spoilt=spoilt)

    @rule(name=browsers)
    def own_passkey(self, name):
        browser, account = self.owner_of_a_key(name), self.world.person(self.browser(name), None)
        self.actions.log_out(browser)
        for token in account.factor.tokens[:1] if account.factor else []:
            self.world.passkey_step(browser, account, token)

    @rule(name=browsers, choice=choices, spoilt=mostly_not, shift=st.sampled_from([0, 301]))
    def confirm_by_key(self, name, choice, spoilt, shift):
        browser = self.owner_of_a_key(name)
        self.world.shift(shift)
        self.keys.confirm(browser, choice, spoilt=spoilt)

    @rule()
    def answer_of_a_key_again(self):
        self.keys.send_again()

    @rule(name=browsers, choice=choices, anew=mostly)
    def remove_a_key(self, name, choice, anew):
        self.keys.remove(self.owner_of_a_key(name) if anew else self.browser(name), choice)

    @rule(name=browsers, anew=mostly)
    def remove_the_app(self, name, anew):
        self.keys.remove_app(self.owner_of_a_key(name) if anew else self.browser(name))
