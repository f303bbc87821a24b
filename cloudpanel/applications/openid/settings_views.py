"""`/management/applications/<id>/openid/`: OpenID Connect of one application."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import sealing
from accounts.forms import PlainForm
from accounts.gate.access import Access, Audience
from accounts.gate.request import PanelRequest
from cloudpanel.applications.changes import ChangeApplication
from cloudpanel.applications.models import Application
from cloudpanel.applications.openid import addresses, consoles, sentences, services
from cloudpanel.applications.openid.discovery import absolute
from cloudpanel.applications.openid.forms import OpenIDForm, SecretForm
from cloudpanel.applications.openid.models import Client
from cloudpanel.applications.subjects import MODIFY, application

_SHOWN_ONCE = "shown_once"
"""The session key of a new secret, encrypted until it is shown."""
ACCESS = Access(Audience.CONTRACT, permission=MODIFY, subject=application, fresh=True)


class ApplicationOpenID(ChangeApplication):
    access = ACCESS
    template_name = "applications/openid.html"
    form_class = OpenIDForm
    heading = gettext_lazy("OpenID Connect of %(application)s")
    done = gettext_lazy("OpenID Connect of %(application)s was changed.")

    @cached_property
    def client(self) -> Client:
        return services.client_of(self.application)

    def stored(self) -> dict[str, Any]:
        return {name: getattr(self.client, name) for name in services.FIELDS} | {"openid": self.application.openid}

    def change(self, form: PlainForm) -> str | bool:
        outcome = services.set_client(**self.common(), values=form.cleaned_data)
        if isinstance(outcome, str):
            keep_secret(self.request, self.application, outcome)
        return outcome

    def answer(self, outcome: str | bool, form: PlainForm) -> HttpResponse:
        """Shows this page again, with the secret if one was created."""
        super().answer(outcome, form)
        return redirect("application_openid", self.application.pk)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        client = self.client
        secret = "" if self.request.method == "POST" else take_secret(self.request, self.application)
        return super().get_context_data(client=client, secret=secret, **self.shown(client), **kwargs)

    def shown(self, client: Client) -> dict[str, Any]:
        uris = addresses.lines(client.redirect_uris)
        return {
            "issuer": settings.PUBLIC_URL,
            "endpoints": [(label, absolute(name)) for label, name in ENDPOINTS],
            "example": consoles.example_for(self.application, client) if self.application.openid else "",
            "example_note": consoles.console_of(self.application).note,
            "open_to_listeners": [uri for uri in uris if addresses.is_open_to_listeners(uri)],
            "logout": sentences.logout(self.application, client),
            "new_secret": sentences.new_secret(client),
            "deliveries": sentences.deliveries(client) if client.pk else [],
        }


ENDPOINTS = [
    (gettext_lazy("Configuration"), "openid_configuration"),
    (gettext_lazy("Authorization"), "openid_authorize"),
    (gettext_lazy("Token"), "openid_token"),
    (gettext_lazy("User information"), "openid_userinfo"),
    (gettext_lazy("Keys"), "openid_jwks"),
    (gettext_lazy("End of session"), "openid_end_session"),
]


class ApplicationSecret(ChangeApplication):
    """**Create a new secret**, or **Remove the old secret**."""

    access = ACCESS
    form_class = SecretForm
    heading = gettext_lazy("New secret for %(application)s")
    done = gettext_lazy("The old secret was removed.")

    def stored(self) -> dict[str, Any]:
        return {}

    def explanation(self) -> str:
        return sentences.new_secret(services.client_of(self.application))

    def cancel_url(self) -> str:
        return reverse("application_openid", args=[self.application.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Asks again for what was chosen before `/confirm/`."""
        context = super().get_context_data(submit=_("Create a new secret"), **kwargs)
        if not context["form"]["remove"].value():
            return context
        heading = self.phrase(_("Remove the old secret of %(application)s?"))
        text = _("It stops working at once. The current secret keeps working.")
        return context | {"heading": heading, "text": text, "submit": _("Remove the old secret"), "destroys": True}

    def change(self, form: PlainForm) -> str | bool:
        if form.cleaned_data["remove"]:
            return services.remove_old_secret(**self.common())
        secret = services.make_secret(**self.common())
        keep_secret(self.request, self.application, secret)
        return secret

    def answer(self, outcome: str | bool, form: PlainForm) -> HttpResponse:
        """Redirects to the page that shows the new secret, or that no longer shows the old one."""
        if not isinstance(outcome, str):
            super().answer(outcome, form)
        return redirect("application_openid", self.application.pk)


def keep_secret(request: PanelRequest, of: Application, secret: str) -> None:
    """Keeps the secret for the page that shows it once."""
    request.session[_SHOWN_ONCE] = {"application": of.pk, "sealed": sealing.seal(secret, purpose=_SHOWN_ONCE)}


def take_secret(request: PanelRequest, of: Application) -> str:
    kept = request.session.get(_SHOWN_ONCE)
    if not kept or kept["application"] != of.pk:
        return ""
    del request.session[_SHOWN_ONCE]
    return sealing.unseal(kept["sealed"], purpose=_SHOWN_ONCE) or ""
