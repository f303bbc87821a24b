"""Whether two-factor authentication is required of an account at a given time. Pure.

The owner decides Yes, No, or Yes from a certain time on. That time is stored and compared at each request, so no job
has to run, and a server that was down at that time is correct when it comes back.
"""

from datetime import datetime
from enum import Enum, auto


class Requirement(Enum):
    NO = auto()
    PLANNED = auto()
    """Required from a time in the future."""
    YES = auto()


def requirement(*, required: bool, required_from: datetime | None, now: datetime) -> Requirement:
    """`required_from` is None for "at once". It is required from that very moment on."""
    if not required:
        return Requirement.NO
    return Requirement.PLANNED if required_from and now < required_from else Requirement.YES
