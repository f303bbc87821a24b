import time
from collections.abc import Iterator

import pytest
import time_machine

from tests.sinks import server, silent, use  # noqa: F401


@pytest.fixture
def clock() -> Iterator:
    with time_machine.travel(time.time(), tick=False) as travelling:
        yield travelling
