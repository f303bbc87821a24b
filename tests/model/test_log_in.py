"""Any order of steps: nobody gets in wrongly, nobody who may come in is kept out.

`make soak` sets SOAK_STEPS (and SOAK_SECONDS, which ends a run that is too slow) for a long run with new randomness.
"""

import os
import time

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.commits import commits  # noqa: F401
from tests.model.machine import Counter, LogIn

SHORT = settings(
    max_examples=60,
    stateful_step_count=50,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate,),
)
LONG = settings(SHORT, max_examples=20, stateful_step_count=100, derandomize=False)
SOAK_STEPS = int(os.environ.get("SOAK_STEPS", "0"))
SOAK_SECONDS = int(os.environ.get("SOAK_SECONDS", "900"))


@pytest.mark.skipif(SOAK_STEPS > 0, reason="the long run takes its place")
def test_at_least_two_thousand_steps_in_any_order(commits):  # noqa: F811
    before = Counter.steps
    run_state_machine_as_test(LogIn, settings=SHORT)
    assert Counter.steps - before >= 2_000


@pytest.mark.skipif(SOAK_STEPS == 0, reason="the long run is `make soak`")
def test_a_long_run_in_any_order(commits, capsys):  # noqa: F811
    began = time.monotonic()
    while Counter.steps < SOAK_STEPS and time.monotonic() - began < SOAK_SECONDS:
        run_state_machine_as_test(LogIn, settings=LONG)
        with capsys.disabled():
            print(f"{Counter.steps} steps in {time.monotonic() - began:.0f} s", flush=True)  # noqa: T201
