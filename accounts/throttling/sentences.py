"""How long somebody has to wait, in words."""

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def sentence(seconds: int) -> SafeString:
    """For a page. A script counts down the element with `data-wait`."""
    counted = format_html('<span data-wait="{}">{}</span>', seconds, _length(seconds))
    return format_html(_("Too many attempts. Try again in %(length)s.").replace("%(length)s", "{}"), counted)


def plain_sentence(seconds: int) -> str:
    return _("Too many attempts. Try again in %(length)s.") % {"length": _length(seconds)}


def _length(seconds: int) -> str:
    """In seconds up to two minutes, then in minutes rounded up."""
    if seconds <= 120:
        return ngettext("%(n)d second", "%(n)d seconds", seconds) % {"n": seconds}
    minutes = -(-seconds // 60)
    return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
