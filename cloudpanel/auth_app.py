"""Django's own auth app without its habit of noting the last sign-in.

`accounts.sign_ins` notes it, and `factor.activate` with a set-up, only on the row that the log-in was decided by.
"""

from django.contrib.auth.apps import AuthConfig
from django.contrib.auth.signals import user_logged_in


class PanelAuthConfig(AuthConfig):
    def ready(self) -> None:
        super().ready()
        user_logged_in.disconnect(dispatch_uid="update_last_login")
