"""The panel's metadata as an OpenID provider (OpenID Connect Discovery 1.0, RFC 8414)."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from accounts.gate.access import Access, Audience, open_to
from cloudpanel.applications.openid import claims, keys
from cloudpanel.applications.openid.cors import readable
from cloudpanel.applications.openid.parameters import RESPONSE_MODES, SCOPES

SECRET_METHODS = ["client_secret_basic", "client_secret_post"]
MINUTES = {"Cache-Control": "public, max-age=300"}


def absolute(name: str) -> str:
    return settings.PUBLIC_URL + reverse(name)


def document() -> dict[str, Any]:
    return {
        "issuer": settings.PUBLIC_URL,
        "authorization_endpoint": absolute("openid_authorize"),
        "token_endpoint": absolute("openid_token"),
        "userinfo_endpoint": absolute("openid_userinfo"),
        "jwks_uri": absolute("openid_jwks"),
        "introspection_endpoint": absolute("openid_introspect"),
        "revocation_endpoint": absolute("openid_revoke"),
        "end_session_endpoint": absolute("openid_end_session"),
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": list(RESPONSE_MODES),
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [keys.ALGORITHM],
        "token_endpoint_auth_methods_supported": [*SECRET_METHODS, "none"],
        "introspection_endpoint_auth_methods_supported": SECRET_METHODS,
        "revocation_endpoint_auth_methods_supported": [*SECRET_METHODS, "none"],
        "code_challenge_methods_supported": ["S256"],
        "acr_values_supported": [claims.ONE_FACTOR, claims.TWO_FACTOR, claims.PHISHING_RESISTANT],
        "claims_supported": list(claims.SUPPORTED),
        "claim_types_supported": ["normal"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "ui_locales_supported": [code for code, _ in settings.LANGUAGES],
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
    }


@open_to(Access(Audience.OPEN))
@csrf_exempt
@readable("GET")
@require_safe
def configuration(request: HttpRequest) -> JsonResponse:
    return JsonResponse(document(), headers=MINUTES)


@open_to(Access(Audience.OPEN))
@csrf_exempt
@readable("GET")
@require_safe
def jwks(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"keys": keys.published()}, headers=MINUTES)
