"""Whether an email address reaches the mailbox that it seems to name. Pure."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from accounts import hosts

DOMAIN = _("Write this domain in its ASCII form, which begins with xn--.")


def check_address(address: str) -> None:
    """Raises ValidationError with one reason, also for what Django accepts but `check_reach` doesn't."""
    validate_email(address)
    check_reach(address)


def check_reach(address: str) -> None:
    """Raises ValidationError for an address that would be mailed to another domain than it names, or that has
    characters that can't be seen: some of them would end the line of a header."""
    if not address.isprintable():
        raise ValidationError(_("Enter a valid email address."), code="invalid")
    try:
        mailbox(address)
    except ValueError as fault:
        raise ValidationError(DOMAIN, code="domain") from fault


def mailbox(address: str) -> str:
    """The mailbox in lower case, the same for each spelling of its domain. ValueError if the domain names another."""
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{hosts.ascii_form(domain)}".lower()
