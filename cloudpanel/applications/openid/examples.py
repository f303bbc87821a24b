"""What to write into each console, with the addresses and the client id of this application filled in."""

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cloudpanel.applications.models import Application, Preset
from cloudpanel.applications.openid.models import Client

TEXTS: dict[str, str] = {
    Preset.GRAFANA: """[auth.generic_oauth]
enabled = true
name = {panel}
client_id = {client_id}
client_secret = SECRET
scopes = openid profile email groups offline_access
auth_url = {issuer}/openid/authorize/
token_url = {issuer}/openid/token/
api_url = {issuer}/openid/userinfo/
login_attribute_path = preferred_username
name_attribute_path = name
groups_attribute_path = groups
role_attribute_path = contains(groups[*], 'owner') && 'Admin' || 'Viewer'
use_pkce = true
use_refresh_token = true
signout_redirect_url = {issuer}/openid/end-session/
""",
    Preset.PROXMOX: """pveum realm add panel --type openid \\
  --issuer-url {issuer} \\
  --client-id {client_id} --client-key SECRET \\
  --username-claim username --autocreate 1 \\
  --scopes "openid email profile groups" \\
  --groups-claim groups --groups-autocreate 1
""",
    Preset.GITLAB: """gitlab_rails['omniauth_providers'] = [
  {{
    name: 'openid_connect', label: '{panel}',
    args: {{
      name: 'openid_connect', scope: ['openid', 'profile', 'email'], response_type: 'code',
      issuer: '{issuer}', discovery: true, client_auth_method: 'basic',
      uid_field: 'sub', pkce: true,
      client_options: {{
        identifier: '{client_id}', secret: 'SECRET',
        redirect_uri: '{origin}/users/auth/openid_connect/callback'
      }}
    }}
  }}
]
""",
    Preset.NEXTCLOUD: """occ user_oidc:provider panel \\
  --clientid="{client_id}" --clientsecret="SECRET" \\
  --discoveryuri="{issuer}/.well-known/openid-configuration" \\
  --scope="openid profile email groups" \\
  --mapping-uid=sub --mapping-display-name=name --mapping-email=email --mapping-groups=groups
""",
    Preset.PORTAINER: """Client ID            {client_id}
Client secret        SECRET
Authorization URL    {issuer}/openid/authorize/
Access token URL     {issuer}/openid/token/
Resource URL         {issuer}/openid/userinfo/
Redirect URL         {origin}/
Logout URL           {issuer}/openid/end-session/
User identifier      preferred_username
Scopes               openid profile email
Auth Style           In Header
""",
    Preset.GITEA: """gitea admin auth add-oauth --name panel --provider openidConnect \\
  --key {client_id} --secret SECRET \\
  --auto-discover-url {issuer}/.well-known/openid-configuration \\
  --scopes "profile email groups" --group-claim-name groups --admin-group owner
""",
    Preset.HARBOR: """Auth Mode              OIDC
OIDC Provider Name     {panel}
OIDC Endpoint          {issuer}
OIDC Client ID         {client_id}
OIDC Client Secret     SECRET
Group Claim Name       groups
OIDC Admin Group       owner
OIDC Scope             openid,profile,email,groups,offline_access
Username Claim         preferred_username
""",
}
GENERAL = """Issuer          {issuer}
Client ID       {client_id}
Client secret   SECRET
Scopes          openid profile email groups
"""
NOTES: dict[str, str | Promise] = {
    Preset.PHPMYADMIN: _("phpMyAdmin can't log in with OpenID Connect. Use the guard."),
}
CALLBACKS: dict[str, str] = {
    Preset.GRAFANA: "/login/generic_oauth",
    Preset.PROXMOX: "",
    Preset.GITLAB: "/users/auth/openid_connect/callback",
    Preset.NEXTCLOUD: "/apps/user_oidc/code",
    Preset.PORTAINER: "/",
    Preset.GITEA: "/user/oauth2/panel/callback",
    Preset.HARBOR: "/c/oidc/callback",
}
"""The path of the redirect address of each console, where it is known."""


def of(application: Application, client: Client) -> str:
    return TEXTS.get(application.preset, GENERAL).format(
        panel=settings.PANEL_NAME.replace("'", ""),
        issuer=settings.PUBLIC_URL,
        origin=application.origin,
        client_id=application.client_id or "",
    )


def note(application: Application) -> str | Promise:
    return NOTES.get(application.preset, "")


def redirect_uri(application: Application) -> str:
    """What the console will send people back to; empty where it isn't known."""
    path = CALLBACKS.get(application.preset)
    return "" if path is None else application.origin + path
