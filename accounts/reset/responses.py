"""Messages after an invitation or a new email, including when it could not be mailed."""

from django.conf import settings
from django.contrib import messages
from django.utils.translation import gettext as _

from accounts.gate.request import PanelRequest
from accounts.models import User
from accounts.notices import responses as notices
from accounts.outbox import rows
from accounts.outbox.rows import Mailed
from accounts.reset.links import INVITATION_HOURS
from accounts.reset.services import EmailChange, EmailChanged, EmailKept
from accounts.users.invitations import NO_MAIL_SERVER


def say_pending(user: User) -> str:
    """On the form: the new address that isn't confirmed yet, and how to cancel the change. Empty for none."""
    if not user.pending_email:
        return ""
    said = _("%(email)s isn't confirmed yet. To cancel this change, save the form as it is.")
    return said % {"email": user.pending_email}


def say_invited(request: PanelRequest, invited: Mailed | None) -> None:
    """`invited` is what `services.invite` returned."""
    if not invited:
        messages.warning(request, _("Nothing was changed: the account or your permissions changed in the meantime."))
    elif not settings.MAIL_ENABLED:
        messages.warning(request, NO_MAIL_SERVER)
    elif rows.is_unsent(invited):
        messages.warning(
            request, _("The invitation could not be mailed. Send it again later, or set a password for the user.")
        )
    else:
        said = _("The invitation was sent. Its link works once and expires in %(hours)s hours.")
        sending = _("The invitation is being sent. Its link works once and expires in %(hours)s hours.")
        messages.success(request, (said if rows.is_through(invited) else sending) % {"hours": INVITATION_HOURS})


def say_email(request: PanelRequest, target: User, change: EmailChange | None) -> None:
    """`change` is what `services.request_email` returned for `target`."""
    if change is None:
        messages.info(request, _("Nothing was changed."))
    elif isinstance(change, EmailKept):
        messages.success(request, _("The change to %(email)s was cancelled.") % {"email": change.pending})
    elif isinstance(change, EmailChanged):
        removed = _("The email address was removed.")
        messages.success(request, _("The email address was changed.") if target.email else removed)
        notices.outcome_message(request, change.mailed)
    elif rows.is_unsent(change.mailed):
        messages.warning(
            request,
            _("The confirmation link could not be mailed to the new address. The old address stays; try again later."),
        )
    else:
        said = _("A link was sent to %(email)s. The change takes effect when it is opened and confirmed.")
        sending = _("A link is being sent to %(email)s. The change takes effect when it is opened and confirmed.")
        said = said if rows.is_through(change.mailed) else sending
        messages.success(request, said % {"email": target.pending_email})
