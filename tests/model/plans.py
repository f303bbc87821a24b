"""2FA from a day on: plans that are made, moved and withdrawn, and what is mailed until then."""

from datetime import UTC, datetime

from django.core.management import call_command

from accounts.models import AuditRow, Event
from tests.model.actions import Actions
from tests.model.counter import Counter
from tests.model.expected import Account
from tests.model.expected_browsers import Browser


class Plans:
    def __init__(self, actions: Actions) -> None:
        self.actions, self.world = actions, actions.world

    def set_moment(self, browser: Browser, target: Account, ahead: int) -> None:
        """Of who must use it by now there is nothing to plan, and no moment that has passed is one."""
        now = self.world.now
        moment = now + ahead
        local = datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        form = {"required": "yes", "required_from": local, "required_from_zone": "UTC"}
        self.world.settle(browser)
        good = ahead > 0 and not target.must_use(now)
        does = self.actions.does
        if does(browser, target, "two-factor-required", form, fresh=True, owner_only=True, good=good) and good:
            Counter.plans["moved" if target.planned(now) else "set"] += 1
            target.plan(moment, now)

    def come_to(self, account: Account, offset: int) -> None:
        """The clock goes to `offset` seconds from the moment, if that is still ahead."""
        moment = account.required_from
        if moment and moment + offset > self.world.now:
            self.world.shift(moment + offset - self.world.now)
            Counter.plans["at the moment"] += 1

    def housekeeping(self) -> None:
        """A reminder is mailed when it is due, of several that were missed one, and none twice."""
        now, accounts = self.world.now, self.world.accounts.values()
        due = {account.username for account in accounts if account.reminder_is_due(now)}
        for expected in (due, set()):
            before = AuditRow.objects.order_by("pk").last()
            call_command("housekeeping", verbosity=0, stdout=_Nowhere())
            told = AuditRow.objects.filter(event=Event.TWO_FACTOR_REMINDED, pk__gt=before.pk if before else 0)
            assert sorted(told.values_list("target_label", flat=True)) == sorted(expected)
        for name in due:
            self.world.accounts[name].told_at = now
            Counter.plans["reminded"] += 1


class _Nowhere:
    def write(self, text: str) -> None:
        """What is said to the operator is of no interest here."""
