"""What pages say after an invitation or a new e-mail, also when it could not be mailed."""

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
        messages.error(request, _("This user has no e-mail address, so there is nowhere to send an invitation to."))
    elif rows.unmailed([target]):
        messages.warning(
            request, _("The invitation could not be mailed. Send it again later, or set a password for the user.")
        )
    else:
        messages.success(request, _("The invitation was mailed. Its link works once, for 24 hours."))


def say_email(request: PanelRequest, target: User, change: EmailChange) -> None:
    """After `services.request_email`, with the same object."""
    if change is EmailChange.NOTHING:
        messages.info(request, _("Nothing was changed."))
    elif change is EmailChange.DONE:
        messages.success(request, _("The e-mail address is changed."))
        notices.outcome_message(request, target)
    elif rows.unmailed([target]):
        messages.warning(
            request,
            _("The link to confirm the new address could not be mailed. The old address stays; try again later."),
        )
    else:
        messages.success(
            request,
            _("A link was mailed to %(email)s. The address counts once the button behind the link is pressed.")
            % {"email": target.pending_email},
        )
