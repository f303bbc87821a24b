"""By chance two codes of an app have the same digits: the model counts as the panel does."""

import pytest

from tests.commits import commits  # noqa: F401
from tests.model import looks
from tests.model.steps import Steps
from twofactor import totp

ALIKE = {0: 1_363_982, 1: 2_119_572, 2: 46_086}
"""Keys whose code of the step before `START` has the digits of another one, so many steps after `START`."""


@pytest.fixture
def world(commits):  # noqa: F811
    found = Steps()
    yield found
    found.end()


@pytest.mark.parametrize("shift", [-1, *ALIKE])
@pytest.mark.parametrize("alike", ALIKE)
def test_a_code_stands_for_the_latest_of_the_steps_around(world, monkeypatch, alike, shift):
    monkeypatch.setattr(totp, "new_key", lambda: ALIKE[alike].to_bytes(totp.KEY_BYTES, "big"))
    browser, lena = world.browsers["desk"], world.accounts["lena"]
    world.password_step(browser, lena, right=True)
    world.open_setup(browser)
    world.activate(browser, shift)
    looks.at_rows(world)
    if lena.factor:
        world.log_in(browser, lena)
        looks.at_rows(world)
