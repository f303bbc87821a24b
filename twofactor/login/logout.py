"""The end of a session by its own person."""

from django.contrib.auth.models import AnonymousUser
from django.db import transaction

from accounts.audit.record import record_event
from accounts.gate.request import PanelRequest
from accounts.models import Event, User
from accounts.origin import Origin


def log_out(request: PanelRequest) -> None:
    """Ends the session on the server, whatever state it is in, and notes it where somebody was logged in. What follows
    in this request is shown to nobody in particular."""
    if isinstance(request.user, User):
        with transaction.atomic():
            record_event(Event.SIGN_OUT, origin=Origin.from_request(request), actor=request.user, target=request.user)
    request.session.flush()
    request.user = AnonymousUser()  # type: ignore[assignment]  # as `django.contrib.auth.logout` does
