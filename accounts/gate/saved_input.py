"""Input of a form that could not be accepted because the confirmation or session had expired, or the contract was
another.

It is kept in the session, once, for one account and one contract, without passwords, codes and files. It is never
submitted automatically: the page shows it again, and the person presses the button.
"""

from typing import Any

from django import forms
from django.contrib import messages
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from accounts.gate.request import PanelRequest
from accounts.models import User

_KEY = "saved_input"
MAX_CHARACTERS = 20_000
"""The limit for each form, unless its view sets `saved_characters`."""
_SECRET_WORDS = ("password", "code", "token")
_HARMLESS = ("must_change_password",)


def save(request: PanelRequest, *, account_id: int, contract_id: int | None) -> bool:
    """Saves the posted fields for this address, account and contract; False if they are too long.

    A view that a script posts to has a static method `sent_by`: the address of the form's page, and its fields.
    """
    view = request.resolver_match and getattr(request.resolver_match.func, "view_class", None)
    sent_by = getattr(view, "sent_by", None)
    path, sent = sent_by(request) if sent_by else (request.path, request.POST)
    fields = {name: values for name, values in sent.lists() if not is_secret(name)}
    if len(str(fields)) > int(getattr(view, "saved_characters", MAX_CHARACTERS)):
        return False
    request.session[_KEY] = {"path": path, "account": account_id, "contract": contract_id, "fields": fields}
    return True


def is_secret(name: str) -> bool:
    """Whether a field of this name holds a password, a code or a token."""
    return name not in _HARMLESS and any(word in name for word in _SECRET_WORDS)


def take_over(request: PanelRequest, ran_out: dict[str, Any], *, path: str) -> bool:
    """Takes the input over from the data of an expired session, if it was saved for this address."""
    saved = ran_out.get(_KEY)
    if not saved or saved["path"] != path:
        return False
    request.session[_KEY] = saved
    return True


def pass_on(request: PanelRequest, user_id: int) -> dict[str, Any]:
    """The part of the session that is kept for the login of this account, without input of other accounts."""
    saved = request.session.get(_KEY)
    return {_KEY: saved} if saved and saved["account"] == user_id else {}


def come_back(request: PanelRequest, user: User) -> None:
    """At login: switches to the contract in which the form was opened, or drops the input if it is another
    account's."""
    saved = pass_on(request, user.pk)
    if not saved:
        request.session.pop(_KEY, None)
    elif user.contract_id is None:
        request.session.contract_id = saved[_KEY]["contract"]


def take(request: PanelRequest) -> MultiValueDict[str, str] | None:
    """Returns the fields saved for this address and removes them; None if there are none."""
    saved = request.session.get(_KEY, {})
    asked = {"path": request.path, "account": request.user.pk, "contract": request.contract and request.contract.pk}
    if request.method != "GET" or not asked.items() <= saved.items():
        return None
    del request.session[_KEY]
    return MultiValueDict(saved["fields"])


def initial(request: PanelRequest, form_class: type[forms.Form], **otherwise: Any) -> dict[str, Any]:
    """Initial values for a form: the saved input, with a message that it is not stored yet, or else `otherwise`."""
    saved = take(request)
    if saved is None:
        return otherwise
    messages.info(request, _("Not saved yet. Check your input and press the button again."))
    return otherwise | {
        name: value
        for name, field in form_class.base_fields.items()
        if (value := _value(field, saved, name)) is not None
    }


def _value(field: forms.Field, saved: MultiValueDict[str, str], name: str) -> Any:
    """Browsers don't send a checkbox that isn't ticked."""
    if isinstance(field, forms.MultipleChoiceField):
        return saved.getlist(name)
    return name in saved if isinstance(field, forms.BooleanField) else saved.get(name)
