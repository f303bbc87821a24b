"""Django's auth app, without its handler that writes `last_login`.

`accounts.sessions.recent_logins.note_login` writes it, or `twofactor.factors.account.activate` if a setup completes the
login, and only if the account is unchanged since the login began.
"""

from django.contrib.auth.apps import AuthConfig
from django.contrib.auth.signals import user_logged_in


class PanelAuthConfig(AuthConfig):
    def ready(self) -> None:
        super().ready()
        user_logged_in.disconnect(dispatch_uid="update_last_login")
