"""An application's request: who sent it, what it asks for, and how to answer it."""

from dataclasses import dataclass

from django.http import HttpResponse

from accounts.gate import asked_language
from accounts.gate.request import PanelRequest
from cloudpanel.applications.openid import addresses, answers, clients, sentences
from cloudpanel.applications.openid.carried_request import CarriedRequest
from cloudpanel.applications.openid.errors import PageError, ProtocolError
from cloudpanel.applications.openid.models import Client
from cloudpanel.applications.openid.parameters import Parameters, response_mode, single, state


@dataclass(frozen=True)
class Call:
    """One request of a client with a registered redirect URI."""

    request: PanelRequest
    carried: CarriedRequest
    client: Client
    redirect_uri: str
    after_form: bool

    def answer(self, content: dict[str, str]) -> HttpResponse:
        data = self.carried.data
        returned = state(data)
        content = content | ({"state": returned} if returned is not None else {})
        response = answers.send(
            self.request,
            self.redirect_uri,
            content,
            mode=response_mode(data),
            after_form=self.after_form,
            name=self.client.application.name,
        )
        asked_language.forget(self.request, response)
        return response

    def speak(self, parameters: Parameters) -> str:
        """The language that the request asks for, if the panel has it; used from this answer on."""
        language = "" if self.after_form else asked_language.supported(parameters.ui_locales)
        if language:
            asked_language.speak(self.request, language)
        return language

    def fail(self, error: str) -> HttpResponse:
        return self.answer({"error": error})


def call_of(request: PanelRequest, carried: CarriedRequest, *, after_form: bool) -> Call:
    """Checks client and redirect URI before anything is sent anywhere. Raises PageError."""
    data = carried.data
    try:
        client = clients.named(single(data, "client_id"))
        redirect_uri = single(data, "redirect_uri")
    except ProtocolError:
        client, redirect_uri = None, ""
    if client is None:
        raise PageError(sentences.not_a_client())
    if not addresses.is_registered(redirect_uri, addresses.lines(client.redirect_uris)):
        raise PageError(sentences.not_its_address(client.application))
    return Call(request, carried, client, redirect_uri, after_form)
