"""What happens at a guarded application, and to it, as rules of the machine."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.model.actions import Actions
from tests.model.draws import browsers, minutes, mostly, roles
from tests.model.expected_browsers import Browser
from tests.model.guarded import Guarded


class Rules(RuleBasedStateMachine):
    guarded: Guarded
    actions: Actions

    def browser(self, name: str) -> Browser:
        raise NotImplementedError

    @rule(name=browsers)
    def open_application(self, name):
        self.guarded.open(self.browser(name))

    @rule(name=browsers)
    def keep_a_ticket(self, name):
        self.guarded.ask(self.browser(name))

    @precondition(lambda self: self.guarded.tickets)
    @rule(choice=st.integers(0, 5))
    def use_an_old_ticket(self, choice):
        self.guarded.enter(self.guarded.tickets[-1 - choice % len(self.guarded.tickets)])

    @rule(name=browsers)
    def use_application(self, name):
        self.guarded.use(self.browser(name))

    @rule(name=browsers)
    def log_out_there(self, name):
        self.guarded.log_out(self.browser(name))

    @rule(name=browsers)
    def log_in_with_openid_connect(self, name):
        self.guarded.client.log_in(self.browser(name))

    @precondition(lambda self: self.guarded.client.world.granted)
    @rule(choice=st.integers(0, 5))
    def refresh_tokens(self, choice):
        granted = self.guarded.client.world.granted
        self.guarded.client.refresh(granted[-1 - choice % len(granted)])

    @invariant()
    def tokens_are_good_for_as_long_as_they_ought_to_be(self):
        self.guarded.client.look()

    @rule(name=browsers, active=mostly)
    def set_state_of_application(self, name, active):
        self.guarded.set_state(self.browser(name), active=active)

    @rule(active=st.booleans())
    def owner_opens_or_closes_application(self, active):
        """From a session that has a visit of it as well."""
        browser = self.actions.proved_freshly(self.browser("office"))
        self.guarded.open(browser)
        self.guarded.set_state(browser, active=active)

    @rule(name=browsers, roles=roles)
    def set_access_to_application(self, name, roles):
        self.guarded.set_access(self.browser(name), roles)

    @rule(name=browsers, two_factor=st.booleans(), minutes=minutes)
    def set_needs_of_application(self, name, two_factor, minutes):
        self.guarded.set_needs(self.browser(name), two_factor=two_factor, minutes=minutes)
