"""The shapes of the Overview's charts, as tables of numbers."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from cloudpanel.overview import charts
from cloudpanel.overview.charts import LEAST, Day, Shape

FIRST = date(2026, 10, 27)


def number(text: str) -> float:
    assert text.endswith("%")
    return float(text[:-1])


def right(shape: Shape) -> float:
    return number(shape.x) + number(shape.width)


def bars_of(chart: charts.Days) -> list[Shape]:
    return [bar for column in chart.columns for bar in column.bars]


def days(*pairs: tuple[int, int]) -> list[Day]:
    return [Day(FIRST + timedelta(days=n), *pair) for n, pair in enumerate(pairs)]


@pytest.mark.parametrize(
    ("numbers", "kinds"),
    [
        ((0, 0, 0), []),
        ((3, 0, 0), ["active-part"]),
        ((0, 2, 0), ["pending-part hollow", "pending-part"]),
        ((0, 0, 9), ["without-part hollow"]),
        ((1, 1, 1), ["active-part", "pending-part hollow", "pending-part", "without-part hollow"]),
    ],
)
def test_a_part_that_nobody_is_in_is_not_drawn(numbers, kinds):
    assert [shape.kind for shape in charts.coverage(*numbers)] == kinds


@pytest.mark.parametrize("numbers", [(1, 2, 3), (1, 0, 99_999), (99_999, 1, 1), (5, 0, 0), (10**9, 1, 0)])
def test_the_parts_fill_the_bar_side_by_side(numbers):
    shapes = [s for s in charts.coverage(*numbers) if s.kind != "pending-part"]
    assert right(shapes[-1]) == pytest.approx(99.75, abs=0.02)
    for one, other in pairwise(shapes):
        assert right(one) < number(other.x)


def test_widths_are_shares_and_the_smallest_is_still_seen():
    active, frame, _, without = charts.coverage(50, 25, 25)
    assert [number(s.width) for s in (active, frame, without)] == pytest.approx([49.5, 24.5, 24.5])
    assert number(charts.coverage(100_000, 0, 1)[1].width) > LEAST - 0.6


def test_the_states_differ_by_shape_not_by_colour_alone():
    active, frame, half, without = charts.coverage(1, 1, 1)
    assert number(active.height) == number(frame.height) == number(without.height) == 2 * number(half.height)
    assert ("hollow" in frame.kind, "hollow" in without.kind, "hollow" in active.kind) == (True, True, False)
    assert half.x == frame.x


def test_done_stand_on_the_line_and_failed_hang_below_it():
    chart = charts.logins(days((4, 2), (0, 0), (2, 0)))
    tall, failed, short = bars_of(chart)
    axis = number(chart.axis)
    assert axis == pytest.approx(100 * 4 / 6, abs=0.01)
    assert number(tall.y) + number(tall.height) == pytest.approx(axis, abs=0.02)
    assert number(failed.y) == axis
    assert number(failed.y) + number(failed.height) <= 100
    assert (tall.kind, failed.kind) == ("active-part", "failed-part")
    assert number(tall.height) == pytest.approx(2 * number(short.height), abs=0.02)
    assert number(tall.height) == pytest.approx(2 * number(failed.height), abs=0.02), "one measure for both"
    assert chart.columns[0].tip == "27 Oct 2026: 4 logged in, 2 failed"
    assert (chart.most_done, chart.most_failed) == (4, 2)


@pytest.mark.parametrize("most", [(1, 0), (0, 1), (1, 1), (1, 10_000), (10_000, 1), (10**9, 10**9)])
def test_nothing_leaves_the_drawing_and_nothing_vanishes(most):
    chart = charts.logins(days(most, (0, 0), (1, 1)))
    for bar in bars_of(chart):
        assert number(bar.y) >= 0
        assert number(bar.height) >= LEAST
        assert number(bar.y) + number(bar.height) <= 100.01
        assert right(bar) <= 100


def test_days_without_any_login_leave_the_line_alone():
    chart = charts.logins(days((0, 0), (0, 0)))
    assert (bars_of(chart), chart.axis) == ([], "99.00%")
    assert charts.logins([]).columns == ()
