"""A form shown again after a step that did not succeed: field error, or a wait as 429 (RFC 6585 section 4)."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.forms import PlainForm
from accounts.gate.request import PanelRequest
from accounts.throttling import sentences as throttling_sentences
from accounts.throttling.budgets import Wait

SECRET_FIELDS = ("password", "code", "recovery_code")


def show(
    request: PanelRequest, template: str, form: PlainForm, context: dict[str, Any], wait: Wait | None = None
) -> HttpResponse:
    """Renders the page; what was typed stays, except passwords and codes; refusals carry the server's time."""
    if form.is_bound:
        form.data = {name: value for name, value in form.data.items() if name not in SECRET_FIELDS}
    context |= {"form": form, "server_time": timezone.now() if form.is_bound else None}
    if wait is None:
        return render(request, template, context)
    context["wait"] = throttling_sentences.sentence(wait.seconds)
    response = render(request, template, context, status=429)
    response["Retry-After"] = str(wait.seconds)
    return response
