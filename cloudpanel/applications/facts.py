"""**More Information** of one application: a row for each fact, with the URL of the form that changes it."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from accounts.logs import sentences
from accounts.moments import element
from accounts.texts import Text
from cloudpanel.applications.models import Application, Who


@dataclass(frozen=True)
class Fact:
    label: str
    value: Text
    change_url: str = ""
    change_label: str = ""
    badge: str = ""
    note: Text = ""


def facts_of(application: Application, *, roles: list[str], openid: Text, permissions: frozenset[str]) -> list[Fact]:
    """`roles` are the names of the roles that may open it, `permissions` those of the viewer, `openid` is a
    sentence."""

    def pencil(name: str, permission: str) -> str:
        return reverse(f"application_{name}", args=[application.pk]) if permission in permissions else ""

    state, badge = (_("Active"), "ok") if application.is_active else (_("Disabled"), "off")
    origin, modify = pencil("origin", "applications.modify"), "applications.modify"
    description = pencil("description", "applications.set_description")
    needs = sentences.needs_of(application.needs, application.reauthenticate_minutes)
    access = pencil("access", "applications.manage_access")
    return [
        Fact(_("Name"), application.name, pencil("name", "applications.set_name"), _("Change name")),
        Fact(_("Origin"), application.origin, origin, _("Change origin")),
        Fact(_("Kind"), application.get_preset_display(), note=_("Chosen at creation. It can't be changed.")),
        Fact(_("Description"), application.description, description, _("Change description")),
        Fact(_("Who may open it"), who_of(application, roles), access, _("Change who may open it")),
        Fact(_("Needs"), needs, pencil("needs", modify), _("Change what it needs")),
        _guard(application, changeable=modify in permissions),
        Fact(_("OpenID Connect"), openid, pencil("openid", modify), _("Change OpenID Connect")),
        Fact(_("State"), state, pencil("state", modify), _("Change state"), badge),
        Fact(_("Last used"), element(application.latest_use, "relative") or _("Never")),
        Fact(_("Created"), element(application.created_at, "relative")),
    ]


def _guard(application: Application, *, changeable: bool) -> Fact:
    """Its page has the proxy's configurations, too, so everybody is led there."""
    address, label = reverse("application_guard", args=[application.pk]), _("Guard and configurations")
    state = _("On") if application.guard else _("Off")
    if changeable:
        return Fact(_("Guard"), state, address, label)
    return Fact(_("Guard"), format_html('{} · <a href="{}">{}</a>', state, address, label))


def who_of(application: Application, roles: list[str]) -> Text:
    if application.who == Who.EVERYBODY:
        return Who.EVERYBODY.label
    return _("Roles: %(roles)s") % {"roles": ", ".join(roles) or "–"}
