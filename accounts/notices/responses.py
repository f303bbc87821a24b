"""What a page says of notices: those that waited for this login, and one that could not be mailed."""

from datetime import datetime
from typing import cast

from django.contrib import messages
from django.contrib.messages.storage.base import BaseStorage
from django.http import HttpResponse
from django.utils.translation import gettext as _

from accounts.gate.request import PanelRequest
from accounts.notices import holding, texts
from accounts.notices.services import concerned, take
from accounts.outbox import rows
from accounts.outbox.rows import Mailed


def show_waiting(request: PanelRequest, *, before: datetime | None = None) -> None:
    """After a login that began at `before`: shows the waiting notices that still apply as messages on the next page."""
    for notice in take(request.user, before=before):
        notice.user = request.user
        if holding.still_true(notice, concerned(notice)) and not holding.is_on_every_page(notice):
            messages.warning(request, texts.for_a_page(notice))
    kept = cast(BaseStorage, messages.get_messages(request))
    kept.update(HttpResponse())  # into the session at once, which is saved with the login


def outcome_message(request: PanelRequest, mailed: Mailed | None) -> None:
    """Shows a message if a notice of a change could not be mailed. Call it after the commit."""
    if mailed and rows.is_unsent(mailed):
        messages.warning(request, _("The notice about this could not be mailed. It is shown at the next login."))
