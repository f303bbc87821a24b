"""Template tags for the requests for help that pages of other packages show."""

from collections.abc import Iterable

from django import template

from accounts.gate.request import PanelRequest
from accounts.models import User
from twofactor.help import queries
from twofactor.help.models import HelpRequest

register = template.Library()


@register.simple_tag
def help_requests(request: PanelRequest) -> Iterable[HelpRequest]:
    """Requests that this viewer can answer, in all of their contracts."""
    return queries.open_for(request.user) if request.is_owner else []


@register.simple_tag
def help_request_of(request: PanelRequest, user: User) -> HelpRequest | None:
    return queries.open_of(user) if request.is_owner else None
