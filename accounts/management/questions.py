"""What commands ask. The input may end before the answer: a closed terminal, Ctrl+C, a job that nobody watches."""

import sys
from collections.abc import Callable

from django.core.management.base import CommandError

NOT_TEXT = "The answer isn't UTF-8 text. Set your terminal to UTF-8."


def answer(question: str, ask: Callable[[str], str] | None = None, *, not_text: str = NOT_TEXT) -> str:
    """What was typed; empty if the input ended instead, or is closed."""
    if sys.stdin is None:
        return ""
    try:
        return (ask or input)(question)
    except (EOFError, KeyboardInterrupt):
        return ""
    except UnicodeDecodeError as fault:
        raise CommandError(not_text) from fault


def confirm(question: str) -> None:
    """Raises CommandError for every answer but yes."""
    typed = answer(f"{question} Type yes: ")
    if not typed:
        raise CommandError("Nothing was changed: there is no answer. With --noinput, nothing is asked.")
    if typed != "yes":
        raise CommandError("Nothing was changed.")
