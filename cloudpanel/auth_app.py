"""Django's own auth app without its habit of noting the last sign-in.

`accounts.sessions.recent_logins` notes it, and `account.activate` at a setup, only on the row that decided the login.
"""

from django.contrib.auth.apps import AuthConfig
from django.contrib.auth.signals import user_logged_in


class PanelAuthConfig(AuthConfig):
    def ready(self) -> None:
        super().ready()
        user_logged_in.disconnect(dispatch_uid="update_last_login")
