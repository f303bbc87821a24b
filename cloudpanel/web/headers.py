"""Sends the Content-Security-Policy of `settings.CONTENT_SECURITY_POLICY` with every answer.

All pages have the same policy, without nonces, so the header is built once. Only the page that sends an OpenID answer
by a form has its own, which names the application.
"""

from collections.abc import Callable

from csp.utils import build_policy
from django.http import HttpRequest, HttpResponse

HEADER = "Content-Security-Policy"


class FixedPolicy:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.policy = build_policy()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault(HEADER, self.policy)
        return response
