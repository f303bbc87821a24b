"""When a request is over: every fact that can end it, and which one is told where several do."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from accounts import clock
from twofactor.help.models import HelpDecision
from twofactor.help.policy import LIFETIME, Facts, ended

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
OPEN = Facts(expires_at=NOW + LIFETIME, stamp=3, stamp_now=3, may_log_in=True, login_waits=True)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("change", "at", "decision"),
    [
        ({}, NOW, None),
        ({}, NOW + LIFETIME - SECOND, None),
        ({}, NOW + LIFETIME, HelpDecision.EXPIRED),
        ({"stamp_now": 4}, NOW, HelpDecision.ACCOUNT_CHANGED),
        ({"may_log_in": False}, NOW, HelpDecision.ACCOUNT_CHANGED),
        ({"login_waits": False}, NOW, HelpDecision.LOGIN_ENDED),
        ({"login_waits": False}, NOW + LIFETIME, HelpDecision.EXPIRED),
        ({"stamp_now": 4, "login_waits": False}, NOW + LIFETIME, HelpDecision.ACCOUNT_CHANGED),
        ({"expires_at": NOW + LIFETIME + timedelta(hours=1)}, NOW, HelpDecision.EXPIRED),
        ({"expires_at": NOW + LIFETIME + clock.SLACK}, NOW, None),
        ({"expires_at": NOW + LIFETIME + clock.SLACK + SECOND}, NOW, HelpDecision.EXPIRED),
    ],
)
def test_what_ends_a_request(change, at, decision):
    assert ended(replace(OPEN, **change), at) == decision
