"""What the tables of `make bench` print."""

import pytest

from tests.bench.__main__ import spread


@pytest.mark.parametrize(
    ("times", "printed"),
    [([2.0], "2.00"), ([1.0, 3.0], "2.00 (0.50–3.50)"), ([1.0, 2.0, 3.0, 4.0, 5.0], "3.00 (1.50–4.50)")],
)
def test_a_single_round_has_a_median_and_no_quartiles(times, printed):
    assert spread(times) == printed
