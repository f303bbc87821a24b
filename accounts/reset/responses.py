"""What pages say after an invitation or a new email, also when it could not be mailed."""

from django.contrib import messages
from django.utils.translation import gettext as _

from accounts.gate.request import PanelRequest
from accounts.models import User
from accounts.notices import services as notices
from accounts.outbox import rows
from accounts.reset.services import EmailChange


def say_invited(request: PanelRequest, target: User, *, invited: bool) -> None:
    """After `services.invite`, with the same object."""
    if not invited:
        messages.error(request, _("This user has no email address, so an invitation can't be sent."))
    elif rows.unmailed([target]):
        messages.warning(
            request, _("The invitation could not be mailed. Send it again later, or set a password for the user.")
        )
    else:
        messages.success(request, _("The invitation was sent. Its link works once and expires in 24 hours."))


def say_email(request: PanelRequest, target: User, change: EmailChange) -> None:
    """After `services.request_email`, with the same object."""
    if change is EmailChange.NOTHING:
        messages.info(request, _("Nothing was changed."))
    elif change is EmailChange.DONE:
        messages.success(request, _("The email address was changed."))
        notices.outcome_message(request, target)
    elif rows.unmailed([target]):
        messages.warning(
            request,
            _("The confirmation link could not be mailed to the new address. The old address stays; try again later."),
        )
    else:
        messages.success(
            request,
            _("A link was sent to %(email)s. The change takes effect when it is opened and confirmed.")
            % {"email": target.pending_email},
        )
