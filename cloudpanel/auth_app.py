"""Django's auth app, without the handler that writes `last_login`.

`accounts.sessions.recent_logins.note` writes it, or `twofactor.factors.account.activate` where a setup completes the
login, and only on the row that decided the login.
"""

from django.contrib.auth.apps import AuthConfig
from django.contrib.auth.signals import user_logged_in


class PanelAuthConfig(AuthConfig):
    def ready(self) -> None:
        super().ready()
        user_logged_in.disconnect(dispatch_uid="update_last_login")
