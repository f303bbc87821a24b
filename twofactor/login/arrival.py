"""What a browser keeps of a login."""

from django.http import HttpResponse

from accounts.gate.request import PanelRequest
from accounts.models import User
from accounts.profile import language
from twofactor.login import known_browser


def remember(request: PanelRequest, response: HttpResponse, user: User) -> None:
    """Makes the browser a known one, and gives it the language of the account. Call it once the login is committed."""
    known_browser.remember(request, response, user)
    language.follow(request, response, user)
