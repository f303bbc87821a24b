"""What every template may use beside the request."""

from functools import partial

from django.conf import settings

from accounts.contracts import switch
from accounts.contracts.switch import ContractChoice
from accounts.gate.request import PanelRequest
from accounts.profile.theme import theme_of


def panel(request: PanelRequest) -> dict[str, object]:
    return {
        "panel_name": settings.PANEL_NAME,
        "public_url": settings.PUBLIC_URL,
        "panel_version": settings.VERSION,
        "mail_enabled": settings.MAIL_ENABLED,
        "theme": theme_of(request),
        "contract_choices": partial(_contract_choices, request),
        "same_kind": partial(_same_kind, request),
    }


def _contract_choices(request: PanelRequest) -> list[ContractChoice]:
    return switch.choices(request.user, request.contract) if request.contract else []


def _same_kind(request: PanelRequest) -> str:
    match = request.resolver_match
    return switch.same_kind(request.path, of_one=bool(match and match.kwargs))
