"""The rules of the machine that are about 2FA from a day on."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.model.draws import anybody, browsers, mostly, of_members

DAY = 24 * 3600
distances = st.sampled_from([-60, 0, 1, 45, 200, 200, 400, 700, 1000, 2000, 2 * 3600, 2 * DAY, 9 * DAY])
offsets = st.sampled_from([-301, -60, -1, -1, 0, 0, 0, 1, 60])
sub_users = st.sampled_from(["lena", "nina"])


class PlanRules:
    @rule(name=browsers, whom=sub_users, ahead=distances)
    def plan(self, name, whom, ahead):
        self.plans.set_moment(self.browser(name), self.world.accounts[whom], ahead)

    @rule(whom=sub_users, ahead=distances, free=mostly)
    def owner_plans(self, whom, ahead, free):
        """By the owner who has just logged in; `free`: of somebody of whom it was not required before."""
        browser, account = self.actions.proved_freshly(self.browser("office")), self.world.accounts[whom]
        if free and not account.planned(self.world.now):
            self.actions.toggle(browser, account, yes=False)
        self.plans.set_moment(browser, account, ahead)

    def somebody_planned(self, whom, ahead):
        """The account, with a plan if it has none."""
        account = self.world.accounts[whom]
        if not account.planned(self.world.now):
            self.owner_plans(whom=whom, ahead=ahead, free=True)
        return account

    @rule(whom=sub_users, yes=st.booleans())
    def owner_ends_a_plan(self, whom, yes):
        account = self.somebody_planned(whom, 2000)
        self.actions.toggle(self.actions.proved_freshly(self.browser("office")), account, yes=yes)

    @rule(whom=sub_users, ahead=distances)
    def owner_moves_a_plan(self, whom, ahead):
        account = self.somebody_planned(whom, 2000)
        self.plans.set_moment(self.actions.proved_freshly(self.browser("office")), account, ahead)

    @rule(whom=sub_users, offset=offsets)
    def the_moment_comes(self, whom, offset):
        self.plans.come_to(self.world.accounts[whom], offset)

    @rule(name=browsers, who=anybody, set_up=st.booleans(), anew=mostly)
    def later(self, name, who, set_up, anew):
        browser = self.browser(name)
        if anew:
            self.actions.log_out(browser)
            self.world.password_step(browser, self.world.person(browser, who), right=True)
        self.world.later(browser, set_up=set_up)

    @rule(name=of_members, offset=offsets, at=st.sampled_from(["password", "inside"]))
    def logs_in_around_the_moment(self, name, offset, at):
        """Comes to the moment with a login that has just begun, or with a session."""
        browser = self.browser(name)
        account = self.somebody_planned(browser.person, 700)
        self.plans.come_to(account, offset - 60)
        self.actions.log_out(browser)
        if at == "password":
            self.world.password_step(browser, account, right=True)
        else:
            self.world.log_in(browser, account)
        self.plans.come_to(account, offset)
        self.world.get(browser, "/profile/")

    @rule(whom=sub_users, days=st.sampled_from([None, 1, 7]), offset=st.sampled_from([-1, 0, 1]))
    def housekeeping(self, whom, days, offset):
        """At any time, or when a reminder is due."""
        if days:
            account = self.somebody_planned(whom, (days + 1) * DAY)
            self.plans.come_to(account, offset - days * DAY)
        self.plans.housekeeping()
