"""Where the runs of the model begin.

Hypothesis leaves rules out of each run, so what takes many steps in a row, as help does, would seldom come.
"""

from tests.model.expected import DAY
from tests.model.expected_browsers import Asked
from tests.model.machine import LogIn


class Helped(LogIn):
    def beginning(self) -> None:
        """Lena goes on where she has asked, and nowhere else."""
        answered(self, "approve")
        for name in ("phone", "elsewhere"):
            self.world.log_in(self.browser(name), self.world.accounts["lena"])
        self.world.open_setup(self.browser("desk"))
        self.world.activate(self.browser("desk"), 0)


class Refused(LogIn):
    def beginning(self) -> None:
        """Of two answers the first counts."""
        asked = answered(self, "refuse")
        self.asking.answer(self.browser("office"), asked, "approve", asked.words)


class Blocked(LogIn):
    def beginning(self) -> None:
        answered(self, "block")


class Keyed(LogIn):
    def beginning(self) -> None:
        """One is all that it takes to log in, and to confirm."""
        self.own_passkey(name="phone")
        self.keys.confirm(self.browser("phone"), 0, spoilt=False)


class Withdrawn(LogIn):
    def beginning(self) -> None:
        self.owner_moves_a_plan(whom="nina", ahead=2 * DAY)
        self.owner_ends_a_plan(whom="nina", yes=False)


class Offered(LogIn):
    def beginning(self) -> None:
        self.somebody_planned("nina", 2000)
        self.later(name="home", who=None, set_up=False, anew=True)


class Reminded(LogIn):
    def beginning(self) -> None:
        self.housekeeping(whom="nina", days=1, offset=1)


class Closed(LogIn):
    def beginning(self) -> None:
        """The application, to everybody who had opened it."""
        self.owner_opens_or_closes_application(active=False)


class Connected(LogIn):
    def beginning(self) -> None:
        """The owner's application has tokens, gets new ones, and again after the session."""
        browser, client = self.browser("office"), self.guarded.client
        client.log_in(self.actions.proved_freshly(browser))
        client.refresh(client.world.granted[-1])
        self.actions.log_out(browser)
        client.refresh(client.world.granted[-1])


BEGINNINGS = (Helped, Refused, Blocked, Keyed, Withdrawn, Offered, Reminded, Closed, Connected)


def answered(run: LogIn, action: str) -> Asked:
    """Lena has asked at her desk, and the owner has answered in time and by the right words."""
    run.asking.ask(run.lost("desk", None))
    asked = run.asking.open_request(run.world.accounts["lena"])
    run.asking.answer(run.actions.proved_freshly(run.browser("office")), asked, action, asked.words)
    return asked
