"""What a username may be, and how an account is found by it."""

from django.core.validators import RegexValidator
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts import folding

USERNAME_MAX_LENGTH = 150

username_validator = RegexValidator(
    r"\A[A-Za-z0-9.@+_-]+\Z",
    _("Use only letters A to Z, digits and the characters . @ + _ -"),
    code="username",
)


def named(username: str) -> Q:
    """Ignores case. Usernames are ASCII, so any other text matches nobody."""
    return Q(username__ascii_lower=folding.ascii_lower(username))
