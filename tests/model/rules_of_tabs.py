"""The rules of the machine that are about another tab, which shows an earlier moment."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.model.draws import browsers, of_members
from tests.model.tabs import ACTS, FORMS


class TabRules:
    @rule(name=browsers, path=st.sampled_from(FORMS))
    def keep_a_page(self, name, path):
        self.tabs.keep(self.browser(name), path)

    @precondition(lambda self: self.tabs.pages)
    @rule(choice=st.integers(0, 20))
    def post_an_old_page(self, choice):
        self.tabs.post(self.tabs.pages[-1 - choice % len(self.tabs.pages)])

    @rule(name=browsers)
    def post_a_page_twice(self, name):
        self.tabs.post_twice(self.browser(name))

    @rule(name=of_members, path=st.sampled_from(FORMS), act=st.sampled_from(ACTS), midway=st.booleans())
    def own_change_meets_owner(self, name, path, act, midway):
        meet = self.tabs.meets_owner_midway if midway else self.tabs.meets_owner
        meet(self.browser(name), path, act)
