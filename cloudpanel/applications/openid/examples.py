"""Templates of each console's configuration. The secret has a line of its own."""

GRAFANA = """[server]
root_url = {origin}/

[auth.generic_oauth]
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
signout_redirect_url = {issuer}/openid/end-session/?client_id={client_id}&post_logout_redirect_uri={origin}/login
"""
PROXMOX = """pveum realm add panel --type openid \\
  --issuer-url {issuer} \\
  --client-id {client_id} \\
  --client-key SECRET \\
  --username-claim username --autocreate 1 \\
  --scopes "email profile groups"

# From Proxmox VE 8.4 on, for groups such as owner-panel:
pveum realm modify panel --groups-claim groups --groups-autocreate 1 --groups-overwrite 1
"""
GITLAB = """gitlab_rails['omniauth_allow_single_sign_on'] = ['openid_connect']
gitlab_rails['omniauth_block_auto_created_users'] = false
gitlab_rails['omniauth_providers'] = [
  {{
    name: 'openid_connect', label: '{panel}',
    args: {{
      name: 'openid_connect', scope: ['openid', 'profile', 'email'], response_type: 'code',
      issuer: '{issuer}', discovery: true, client_auth_method: 'basic',
      uid_field: 'sub', send_scope_to_token_endpoint: 'false', pkce: true,
      client_options: {{
        identifier: '{client_id}',
        secret: 'SECRET',
        redirect_uri: '{origin}/users/auth/openid_connect/callback'
      }}
    }}
  }}
]
"""
NEXTCLOUD = """occ user_oidc:provider panel \\
  --clientid="{client_id}" \\
  --clientsecret="SECRET" \\
  --discoveryuri="{issuer}/.well-known/openid-configuration" \\
  --scope="openid profile email groups" \\
  --postlogouturi="{origin}/" \\
  --mapping-uid=sub --mapping-display-name=name --mapping-email=email \\
  --mapping-groups=groups --group-provisioning=1 \\
  --send-id-token-hint=1

# Older versions of user_oidc send PKCE only with this in config/config.php:
'user_oidc' => ['use_pkce' => true],
"""
PORTAINER = """Client ID            {client_id}
Client secret        SECRET
Authorization URL    {issuer}/openid/authorize/
Access token URL     {issuer}/openid/token/
Resource URL         {issuer}/openid/userinfo/
Redirect URL         {origin}/
Logout URL           {issuer}/openid/end-session/
User identifier      preferred_username
Scopes               openid profile email groups
Auth Style           Auto Detect
"""
GITEA = """gitea admin auth add-oauth --name panel --provider openidConnect \\
  --key {client_id} \\
  --secret SECRET \\
  --auto-discover-url {issuer}/.well-known/openid-configuration \\
  --scopes profile --scopes email --scopes groups \\
  --group-claim-name groups --admin-group owner
"""
HARBOR = """Auth Mode              OIDC
OIDC Provider Name     {panel}
OIDC Endpoint          {issuer}
OIDC Client ID         {client_id}
OIDC Client Secret     SECRET
Group Claim Name       groups
OIDC Admin Group       owner
OIDC Scope             openid,profile,email,groups,offline_access
Automatic onboarding   yes
Username Claim         preferred_username
"""
GENERAL = """Issuer          {issuer}
Client ID       {client_id}
Client secret   SECRET
Scopes          openid profile email groups
"""


def without_secret(example: str) -> str:
    return _without_lines(example, "SECRET")


def without_return(example: str) -> str:
    """Without the address to which people return after a logout."""
    return _without_lines(example.replace("&post_logout_redirect_uri={origin}/login", ""), "--postlogouturi")


def _without_lines(example: str, word: str) -> str:
    return "".join(line for line in example.splitlines(keepends=True) if word not in line)
