"""Any order of steps: nobody gets in wrongly, nobody who may come in is kept out.

`make soak` sets SOAK_STEPS (and SOAK_SECONDS, which ends a run that is too slow) for a long run with new randomness.
"""

import os
import time
from ipaddress import ip_network
from itertools import cycle

import pytest
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from hypothesis.stateful import run_state_machine_as_test

from tests.commits import commits  # noqa: F401
from tests.model.beginnings import BEGINNINGS
from tests.model.counter import Counter
from tests.model.guarded import OPEN, PROXY, REFUSED, START
from tests.model.machine import LogIn
from tests.model.servers import SERVERS

SHORT = hypothesis_settings(
    max_examples=6,
    stateful_step_count=50,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate,),
)
LONG = hypothesis_settings(SHORT, max_examples=5, stateful_step_count=100, derandomize=False)
SOAK_STEPS = int(os.environ.get("SOAK_STEPS", "0"))
SOAK_SECONDS = int(os.environ.get("SOAK_SECONDS", "900"))

DEMANDS = (
    (Counter.checks, dict.fromkeys((OPEN, START, REFUSED), 100)),
    (Counter.openid, dict.fromkeys(("code", "access_denied", "login_required", "refreshed", "not refreshed"), 5)),
    (Counter.servers, dict.fromkeys(SERVERS, 1000)),
    (Counter.keys, dict.fromkeys(("second factor", "alone", "confirmed", "removed"), 5)),
    (Counter.plans, dict.fromkeys(("set", "moved", "withdrawn", "offered", "at the moment", "reminded"), 5)),
    (Counter.help, dict.fromkeys(("asked", "approved", "refused", "blocked", "too late", "kept out", "set up"), 5)),
)
"""What a run has to see at least, and how often."""


@pytest.fixture(autouse=True)
def _proxy(settings):
    settings.TRUSTED_PROXIES = [ip_network(PROXY)]


@pytest.mark.skipif(SOAK_STEPS > 0, reason="the long run takes its place")
def test_at_least_two_thousand_steps_in_any_order(commits):  # noqa: F811
    before = Counter.steps
    for machine in BEGINNINGS:
        run_state_machine_as_test(machine, settings=SHORT)
    assert Counter.steps - before >= 2_000
    asked_for = ((found, what, number) for found, least in DEMANDS for what, number in least.items())
    assert [(what, found[what]) for found, what, number in asked_for if found[what] < number] == []


@pytest.mark.skipif(SOAK_STEPS == 0, reason="the long run is `make soak`")
def test_a_long_run_in_any_order(commits, capsys):  # noqa: F811
    began, machines = time.monotonic(), cycle([LogIn, *BEGINNINGS])
    while Counter.steps < SOAK_STEPS and time.monotonic() - began < SOAK_SECONDS:
        run_state_machine_as_test(next(machines), settings=LONG)
        with capsys.disabled():
            print(f"{Counter.steps} steps in {time.monotonic() - began:.0f} s", flush=True)  # noqa: T201
            print(*(dict(found) for found, _least in DEMANDS))  # noqa: T201
