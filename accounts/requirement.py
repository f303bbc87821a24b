"""Is two-factor authentication required of an account at a given moment? Pure: values in, the answer out.

The owner says Yes, No, or Yes from a moment on. That moment is stored; whether it has come is asked at each request, so
no job has to run and a server that was off at the hour is right when it comes back.
"""

from datetime import datetime
from enum import Enum, auto


class Requirement(Enum):
    NO = auto()
    PLANNED = auto()
    """Required from a moment that has not come yet."""
    YES = auto()


def requirement(*, required: bool, required_from: datetime | None, now: datetime) -> Requirement:
    """`required_from` is None for "at once"; at that very moment it is required."""
    if not required:
        return Requirement.NO
    return Requirement.PLANNED if required_from and now < required_from else Requirement.YES
