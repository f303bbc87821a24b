"""`/profile/security/keys/`: one's own security keys and passkeys."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse, reverse_lazy
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from accounts.forms import PlainForm
from accounts.gate.access import Access, Audience
from accounts.gate.change_view import ChangeView
from accounts.gate.refusals import Gone
from accounts.gate.request import PanelRequest
from accounts.models import User
from twofactor.factors import app, security_keys
from twofactor.factors.security_keys import MAX_KEYS
from twofactor.keys import demand, queries, services
from twofactor.keys.forms import KeyNameForm
from twofactor.keys.models import SecurityKey
from twofactor.keys.new_name import offered_name
from twofactor.keys.relying_party import relying_party


def own_key(request: HttpRequest, key_id: int) -> SecurityKey:
    """Raises Gone for a key of somebody else, or one that was removed."""
    key = security_keys.keys_of(request.user).filter(pk=key_id).first() if isinstance(request.user, User) else None
    if key is None:
        raise Gone(_("You have no such security key. It may have been removed."), reverse("security_keys"))
    return key


class KeysPage(TemplateView):
    access = Access(Audience.ACCOUNT, fresh=True)
    template_name = "twofactor/keys.html"
    request: PanelRequest

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        keys = queries.keys_of(user)
        context = {
            "keys": keys,
            "new_name": offered_name(self.request, [key.name for key in keys]),
            "full": len(keys) >= MAX_KEYS,
            "max_keys": MAX_KEYS,
            "usable": relying_party().usable,
            "may_remove_app": app.is_active(user) and queries.are_usable(keys),
            **waiting(self.request, keys),
        }
        return super().get_context_data(**context | kwargs)


def waiting(request: PanelRequest, keys: list[SecurityKey]) -> dict[str, str]:
    """The application that sent the person here, and how to continue to it once there is a key."""
    key_demand = demand.pending(request.session)
    if key_demand is None:
        return {}
    return {"key_demand": demand.add_one(key_demand), "onward": key_demand.address if queries.are_usable(keys) else ""}


class KeyChange(ChangeView):
    """A change of one key."""

    access = Access(Audience.ACCOUNT, subject=own_key)
    success_url = reverse_lazy("security_keys")
    template_name = "twofactor/key_change.html"
    submit: str | Promise = ""
    destroys = False

    def names(self) -> dict[str, Any]:
        return {"name": self.request.subject.name}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(submit=self.submit, destroys=self.destroys, **kwargs)


class RenamePage(KeyChange):
    form_class = KeyNameForm
    heading = gettext_lazy("Rename a security key")
    submit = gettext_lazy("Save changes")
    done = gettext_lazy("Saved.")

    def stored(self) -> dict[str, Any]:
        return {"name": self.request.subject.name}

    def change(self, form: PlainForm) -> bool:
        return services.rename(self.request.user, self.request.subject, form.cleaned_data["name"], origin=self.origin)


LAST_FACTOR = gettext_lazy("Two-factor authentication is required for your account. Add another key or an app first.")


class RemovePage(KeyChange):
    """Where the key must stay, the page says so instead of asking."""

    access = Access(Audience.ACCOUNT, fresh=True, subject=own_key)
    heading = gettext_lazy("Remove the security key “%(name)s”?")
    submit = gettext_lazy("Remove")
    destroys = True
    done = gettext_lazy("The security key was removed. Your other sessions have ended.")
    field_errors = {services.LastFactor: (None, LAST_FACTOR)}

    @cached_property
    def is_last(self) -> bool:
        return services.is_last(self.request.user, without=self.request.subject)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        stays = LAST_FACTOR if self.is_last and self.request.user.must_use_two_factor else ""
        return super().get_context_data(stays=stays, **kwargs)

    def explanation(self) -> str | Promise:
        if self.is_last:
            return gettext_lazy("This is your last key: two-factor authentication is disabled with it.")
        return gettext_lazy("You can't log in with it any more. Your other sessions end.")

    def change(self, form: PlainForm) -> bool:
        request = self.request
        return services.remove(request.user, request.subject, origin=self.origin, request=request)


class RemoveAppPage(KeyChange):
    access = Access(Audience.ACCOUNT, fresh=True)
    heading = gettext_lazy("Remove the authenticator app?")
    text = gettext_lazy("Its codes stop working. You log in with your security keys. Your other sessions end.")
    submit = gettext_lazy("Remove")
    destroys = True
    done = gettext_lazy("The authenticator app was removed. Your other sessions have ended.")
    field_errors = {
        services.LastFactor: (None, gettext_lazy("The app is your last way to log in. Add a security key first."))
    }

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Redirects people without the app, who have nothing to remove."""
        active = app.is_active(self.request.user)
        return super().dispatch(request, *args, **kwargs) if active else redirect("security")

    def names(self) -> dict[str, Any]:
        return {}

    def change(self, form: PlainForm) -> bool:
        return services.remove_app(self.request.user, origin=self.origin, request=self.request)
