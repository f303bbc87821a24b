"""The Content-Security-Policy of `settings.CONTENT_SECURITY_POLICY`, on every answer.

The rule: one policy for all pages, with neither nonces nor exceptions, so django-csp builds it once and for all.
"""

from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.http import HttpRequest, HttpResponseBase

HEADER = "Content-Security-Policy"


class FixedPolicy(CSPMiddleware):
    policy = ""

    def process_request(self, request: HttpRequest) -> None:
        """No nonce is ever asked for."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        self.policy = self.policy or build_policy()
        response.headers.setdefault(HEADER, self.policy)
        return response
