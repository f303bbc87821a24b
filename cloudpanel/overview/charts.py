"""The Overview's charts: numbers in, rectangles out, which the template draws as SVG. Pure.

Sizes are percentages, already formatted, so the chart scales without distortion and no language changes the decimal
point. Small values stay visible, and parts differ by shape or position, not by colour alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext

LEAST = 1.5
BAR = 0.72
"""How much of a day's width a bar takes; the rest is the gap."""


@dataclass(frozen=True)
class Shape:
    kind: str
    """The CSS classes that colour it."""
    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True)
class Day:
    """The number of logins on one day in UTC."""

    day: date
    done: int = 0
    failed: int = 0


@dataclass(frozen=True)
class DayColumn:
    """A day with its bars, and its area in the drawing."""

    day: Day
    tip: str
    area: Shape
    bars: tuple[Shape, ...]


@dataclass(frozen=True)
class Days:
    columns: tuple[DayColumn, ...]
    axis: str
    """The vertical position of the line between successful logins (above) and failed ones (below)."""
    most_done: int = 0
    """The value at the upper edge."""
    most_failed: int = 0
    """The value at the lower edge."""


def coverage(active: int, pending: int, without: int) -> tuple[Shape, ...]:
    """One bar with three parts: full, half full and hollow."""
    left, shapes = 0.0, []
    widths = _widths((active, pending, without))
    for kind, width in zip(("active-part", "pending-part", "without-part"), widths, strict=True):
        if width:
            shapes += _part(kind, left, width)
        left += width
    return tuple(shapes)


def _part(kind: str, left: float, width: float) -> list[Shape]:
    x, width = left + 0.25, width - 0.5
    if kind == "active-part":
        return [_shape(kind, x, 5, width, 90)]
    frame = _shape(f"{kind} hollow", x, 5, width, 90)
    return [frame, _shape(kind, x, 50, width, 45)] if kind == "pending-part" else [frame]


def _widths(numbers: Sequence[int]) -> list[float]:
    """Percentages; those above zero are at least `LEAST`."""
    total = sum(numbers) or 1
    raised = [max(100 * number / total, LEAST) if number else 0.0 for number in numbers]
    return [100 * share / (sum(raised) or 1) for share in raised]


def logins(days: Sequence[Day]) -> Days:
    """A bar per day: successful logins above the line, failed ones below it, on the same scale."""
    most_done = max((day.done for day in days), default=0)
    most_failed = max((day.failed for day in days), default=0)
    axis = _axis(most_done, most_failed)
    unit = min((room / most for room, most in ((axis, most_done), (100 - axis, most_failed)) if most), default=0.0)
    step = 100 / (len(days) or 1)
    columns = (_column(day, n * step, step, _bars(day, n * step, step * BAR, axis, unit)) for n, day in enumerate(days))
    return Days(tuple(columns), _percent(axis), most_done, most_failed)


def _column(day: Day, x: float, width: float, bars: list[Shape]) -> DayColumn:
    values = {"day": date_format(day.day, "SHORT_DATE_FORMAT"), "done": day.done, "failed": day.failed}
    tip = gettext("%(day)s: %(done)s logged in, %(failed)s failed") % values
    return DayColumn(day, tip, _shape("area", x, 0, width, 100), tuple(bars))


def _axis(most_done: int, most_failed: int) -> float:
    """At an edge if there is nothing beyond it, else with room for the smallest bar on either side."""
    share = 100 - 100 * most_failed / (most_done + most_failed or 1)
    room = LEAST + 1
    return min(max(share, room if most_done else 1.0), 100 - room if most_failed else 99.0)


def _bars(day: Day, x: float, width: float, axis: float, unit: float) -> list[Shape]:
    done, failed = (max(number * unit, LEAST) if number else 0.0 for number in (day.done, day.failed))
    bars = [_shape("active-part", x, axis - done, width, done)] if done else []
    return [*bars, _shape("failed-part", x, axis, width, failed)] if failed else bars


def _shape(kind: str, x: float, y: float, width: float, height: float) -> Shape:
    return Shape(kind, _percent(x), _percent(y), _percent(width), _percent(height))


def _percent(number: float) -> str:
    return f"{number:.2f}%"
