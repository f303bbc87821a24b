"""The pipe that wakes the sender of mails, and what its end means."""

import os
import time

import pytest

from cloudpanel.operation import wake


def test_a_bell_wakes_and_goes_on_being_there():
    reading, writing = os.pipe()
    os.write(writing, b"!")
    assert wake.wait(reading, 0)
    assert wake.wait(reading, 0)
    os.close(reading)
    os.close(writing)


@pytest.mark.timed
def test_a_bell_that_nobody_holds_any_more_ends_the_waiting():
    """Else a sender whose server was killed would turn round and round."""
    reading, writing = os.pipe()
    os.close(writing)
    began = time.monotonic()
    assert not wake.wait(reading, 5)
    assert time.monotonic() - began < 1
    os.close(reading)
