"""How long somebody has to wait, in words."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def sentence(seconds: int) -> str:
    """In seconds up to two minutes, then in minutes rounded up."""
    if seconds <= 120:
        length = ngettext("%(n)d second", "%(n)d seconds", seconds) % {"n": seconds}
    else:
        minutes = -(-seconds // 60)
        length = ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    return _("Too many attempts. Try again in %(length)s.") % {"length": length}
