"""The name that the form of a new key begins with."""

from collections.abc import Iterable

from accounts.gate import saved_input
from accounts.gate.request import PanelRequest
from twofactor.keys.forms import KeyNameForm
from twofactor.keys.queries import unused_name


def offered_name(request: PanelRequest, used: Iterable[str]) -> str:
    """The name typed before a confirmation, or an unused one."""
    return str(saved_input.initial(request, KeyNameForm, name=unused_name(used))["name"])
