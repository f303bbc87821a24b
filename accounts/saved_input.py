"""What was typed into a form that could not be taken yet: the confirmation ran out, the contract was another one.

It is kept in the session, once, for one account and one contract, without passwords, codes and files, and never sent
by itself: the page shows it again and its person presses the button.
"""

from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict

from accounts.http import PanelRequest
from accounts.models import Contract

_KEY = "saved_input"
_MAX_CHARACTERS = 20_000
_SECRET_WORDS = ("password", "code", "token")
_HARMLESS = ("must_change_password",)


def save(request: PanelRequest, contract: Contract | None) -> bool:
    """Keeps the posted fields for this address in `contract`; False if they are too long for that."""
    fields = {name: values for name, values in request.POST.lists() if not _is_secret(name)}
    if len(str(fields)) > _MAX_CHARACTERS:
        return False
    request.session[_KEY] = {"path": request.path, "contract": contract and contract.pk, "fields": fields}
    return True


def _is_secret(name: str) -> bool:
    return name not in _HARMLESS and any(word in name for word in _SECRET_WORDS)


def take(request: PanelRequest) -> MultiValueDict[str, str] | None:
    """The fields kept for this address, which are gone afterwards; None where there are none."""
    saved = request.session.get(_KEY, {})
    here = request.contract.pk if request.contract else None
    if request.method != "GET" or (saved.get("path"), saved.get("contract")) != (request.path, here):
        return None
    del request.session[_KEY]
    return MultiValueDict(saved["fields"])


def initial(request: PanelRequest, form_class: type[forms.Form], **otherwise: Any) -> dict[str, Any]:
    """Initial values for a form: what was typed into it before, else `otherwise`."""
    saved = take(request)
    if saved is None:
        return otherwise
    return otherwise | {
        name: value
        for name, field in form_class.base_fields.items()
        if (value := _value(field, saved, name)) is not None
    }


def _value(field: forms.Field, saved: MultiValueDict[str, str], name: str) -> Any:
    """A box that isn't ticked is not sent at all."""
    if isinstance(field, forms.MultipleChoiceField):
        return saved.getlist(name)
    return name in saved if isinstance(field, forms.BooleanField) else saved.get(name)
