"""What each console needs from an OpenID provider, and its configuration. Sources: docs/openid.md."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cloudpanel.applications.models import Application, Preset
from cloudpanel.applications.openid import examples
from cloudpanel.applications.openid.models import Authentication, Client


@dataclass(frozen=True)
class Console:
    example: str = examples.GENERAL
    """The template of its configuration; `example_for` fills it in."""
    callback: str | None = None
    """The path of its redirect URI; None if unknown."""
    after_logout: str | None = None
    """The path to which people return after a logout."""
    backchannel: str = ""
    """The path of its back-channel logout, if it has one."""
    pkce: bool = True
    """Whether all versions in use send a PKCE challenge."""
    needs_email: bool = False
    """Whether it rejects people without an email address."""
    note: str | Promise = ""


CONSOLES: dict[str, Console] = {
    Preset.OTHER: Console(),
    Preset.GRAFANA: Console(
        examples.GRAFANA,
        callback="/login/generic_oauth",
        after_logout="/login",
        needs_email=True,
        note=_("Grafana refuses people without an email address. The panel tells them so."),
    ),
    Preset.PROXMOX: Console(examples.PROXMOX, callback=""),
    Preset.GITLAB: Console(examples.GITLAB, callback="/users/auth/openid_connect/callback"),
    Preset.NEXTCLOUD: Console(
        examples.NEXTCLOUD,
        callback="/apps/user_oidc/code",
        after_logout="/",
        backchannel="/apps/user_oidc/backchannel-logout/panel",
    ),
    Preset.PORTAINER: Console(examples.PORTAINER, callback="/", pkce=False),
    Preset.GITEA: Console(examples.GITEA, callback="/user/oauth2/panel/callback", pkce=False),
    Preset.HARBOR: Console(
        examples.HARBOR,
        callback="/c/oidc/callback",
        after_logout="/harbor/projects",
        pkce=False,
        note=_("Harbor sends PKCE since version 2.13. Require it if you run that version or a newer one."),
    ),
    Preset.PHPMYADMIN: Console(note=_("phpMyAdmin can't log in with OpenID Connect. Use the guard.")),
}


def console_of(application: Application) -> Console:
    return CONSOLES[application.preset]


def new_client(application: Application) -> Client:
    """The initial client of an application; not saved."""
    console = console_of(application)
    return Client(
        application=application,
        redirect_uris=_address(application, console.callback),
        post_logout_redirect_uris=_address(application, console.after_logout),
        backchannel_logout_uri=_address(application, console.backchannel or None),
        pkce_required=console.pkce,
    )


def _address(application: Application, path: str | None) -> str:
    return "" if path is None else application.origin + path


def example_for(application: Application, client: Client) -> str:
    """Without a secret or an address to return to after a logout where the client has none."""
    example = console_of(application).example
    if client.client_authentication == Authentication.NONE:
        example = examples.without_secret(example)
    if not client.post_logout_redirect_uris:
        example = examples.without_return(example)
    return example.format(
        panel=settings.PANEL_NAME.replace("'", ""),
        issuer=settings.PUBLIC_URL,
        origin=application.origin,
        client_id=application.client_id or "",
    )
