"""What every template may use beside the request."""

from django.conf import settings
from django.http import HttpRequest


def panel(request: HttpRequest) -> dict[str, object]:
    return {
        "panel_name": settings.PANEL_NAME,
        "panel_version": settings.VERSION,
        "mail_enabled": settings.MAIL_ENABLED,
    }
