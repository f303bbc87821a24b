"""How long somebody has to wait, in words."""

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def sentence(seconds: int) -> SafeString:
    """In seconds up to two minutes, then in minutes rounded up. A script counts down the element with `data-wait`."""
    if seconds <= 120:
        length = ngettext("%(n)d second", "%(n)d seconds", seconds) % {"n": seconds}
    else:
        minutes = -(-seconds // 60)
        length = ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    counted = format_html('<span data-wait="{}">{}</span>', seconds, length)
    return format_html(_("Too many attempts. Try again in %(length)s.").replace("%(length)s", "{}"), counted)
