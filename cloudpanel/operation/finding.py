"""The result of a check of `manage.py doctor`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """A problem and how to fix it, each as a sentence."""

    problem: str
    remedy: str
