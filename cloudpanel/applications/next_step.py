"""What is left to do before the panel protects an application."""

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.moments import sentence
from cloudpanel.applications.models import Application


def next_step(application: Application) -> SafeString:
    """The next step as a sentence with links; empty once somebody has used the application."""
    if not application.guard and not application.openid:
        text = _("The panel doesn't protect this application yet. Switch on the %(guard)s or %(openid)s.")
        guard = _link("application_guard", application, _("guard"))
        return sentence(text, guard=guard, openid=_link("application_openid", application, _("OpenID Connect")))
    if application.openid and not application.client_id:
        link = _link("application_openid", application, _("Set up OpenID Connect"))
        return sentence(_("OpenID Connect isn't set up yet. %(link)s"), link=link)
    if application.guard and application.last_used_at is None:
        link = _link("application_guard", application, _("Configure the proxy"))
        return sentence(_("Nobody has opened this application through your reverse proxy yet. %(link)s"), link=link)
    return SafeString("")


def _link(page: str, application: Application, text: str) -> SafeString:
    return format_html('<a href="{}">{}</a>', reverse(page, args=[application.pk]), text)
