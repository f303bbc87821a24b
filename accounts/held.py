"""What was typed into a form when the confirmation ran out.

The rule: it is kept once, without passwords and codes, and never sent by itself.
"""

from typing import Any

from accounts.http import PanelRequest

_KEY = "held"
_MAX_CHARACTERS = 20_000
_SECRET_WORDS = ("password", "code", "token")


def keep(request: PanelRequest) -> None:
    """Keeps the posted fields of this address in the session, except secrets and files."""
    fields = {name: values for name, values in request.POST.lists() if not any(word in name for word in _SECRET_WORDS)}
    if len(str(fields)) <= _MAX_CHARACTERS:
        request.session[_KEY] = {"path": request.path, "fields": fields}


def take(request: PanelRequest) -> dict[str, Any]:
    """What was kept for this address, as initial values of its form; gone afterwards."""
    if request.session.get(_KEY, {}).get("path") != request.path:
        return {}
    fields: dict[str, list[str]] = request.session.pop(_KEY)["fields"]
    return {name: values[0] if len(values) == 1 else values for name, values in fields.items()}
