"""`/profile/security/keys/`: one's own security keys and passkeys."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse_lazy
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.views import View

from accounts.forms import PlainForm
from accounts.gate.access import Access, Audience
from accounts.gate.change_view import ChangeView
from accounts.gate.request import PanelRequest
from accounts.models import User
from twofactor.factors import app, security_keys
from twofactor.factors.security_keys import MAX_KEYS
from twofactor.keys import queries, services
from twofactor.keys.forms import NameForm
from twofactor.keys.models import SecurityKey
from twofactor.keys.relying_party import relying_party


def own_key(request: HttpRequest, key_id: int) -> SecurityKey:
    """Raises Http404 for a key of somebody else."""
    key = security_keys.of(request.user).filter(pk=key_id).first() if isinstance(request.user, User) else None
    if key is None:
        raise Http404
    return key


class KeysPage(View):
    access = Access(Audience.ACCOUNT, fresh=True)

    def get(self, request: PanelRequest) -> HttpResponse:
        keys = queries.keys_of(request.user)
        context = {
            "section": "profile",
            "keys": keys,
            "full": len(keys) >= MAX_KEYS,
            "max_keys": MAX_KEYS,
            "usable": relying_party().usable,
            "may_remove_app": app.is_active(request.user) and queries.are_usable(keys),
        }
        return render(request, "twofactor/keys.html", context)


class KeyChange(ChangeView):
    """A change of one key."""

    access = Access(Audience.ACCOUNT, subject=own_key)
    success_url = reverse_lazy("security_keys")
    template_name = "twofactor/key_change.html"
    submit: str | Promise = ""

    def names(self) -> dict[str, Any]:
        return {"name": self.request.subject.name}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(section="profile", submit=self.submit, **kwargs)


class RenamePage(KeyChange):
    form_class = NameForm
    heading = gettext_lazy("Rename a security key")
    submit = gettext_lazy("Save changes")
    done = gettext_lazy("Saved.")

    def stored(self) -> dict[str, Any]:
        return {"name": self.request.subject.name}

    def change(self, form: PlainForm) -> bool:
        return services.rename(self.request.user, self.request.subject, form.cleaned_data["name"], origin=self.origin)


class RemovePage(KeyChange):
    access = Access(Audience.ACCOUNT, fresh=True, subject=own_key)
    heading = gettext_lazy("Remove the security key “%(name)s”?")
    submit = gettext_lazy("Remove")
    done = gettext_lazy("The security key was removed. Your other sessions have ended.")
    field_errors = {
        services.LastFactor: (
            None,
            gettext_lazy("Two-factor authentication is required for your account. Add another key or an app first."),
        )
    }

    def explanation(self) -> str | Promise:
        if services.is_last(self.request.user, without=self.request.subject):
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
    done = gettext_lazy("The authenticator app was removed. Your other sessions have ended.")
    field_errors = {
        services.LastFactor: (None, gettext_lazy("The app is your last way to log in. Add a security key first."))
    }

    def names(self) -> dict[str, Any]:
        return {}

    def change(self, form: PlainForm) -> bool:
        return services.remove_app(self.request.user, origin=self.origin, request=self.request)
