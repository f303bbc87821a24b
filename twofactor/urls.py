"""URLs of login, setup, confirmation and security.

Tokens match any text, so that a link that a mail program has damaged gets the page for invalid links.
"""

from django.urls import include, path

from twofactor.confirm.views import ConfirmPage
from twofactor.help.answering import OwnersHelp
from twofactor.help.waiting import HelpStep
from twofactor.login.invitation import PasswordLinkPage
from twofactor.security import views as security
from twofactor.setup import views as setup

urlpatterns = [
    path("", include("twofactor.login.urls")),
    path("login/help/", HelpStep.as_view(), name="login_help"),
    path("password/reset/<str:uid>/<path:token>/", PasswordLinkPage.as_view(), name="password_reset"),
    path("confirm/", ConfirmPage.as_view(), name="confirm"),
    path("two-factor/setup/", setup.SetupPage.as_view(), name="two_factor_setup"),
    path("two-factor/activated/", setup.ActivatedPage.as_view(), name="two_factor_activated"),
    path("two-factor/recovery-codes/", security.NewCodesPage.as_view(), name="recovery_codes"),
    path("two-factor/recovery-codes/download/", setup.download, name="recovery_codes_download"),
    path("two-factor/disable/", security.DisablePage.as_view(), name="two_factor_disable"),
    path("profile/security/", security.SecurityPage.as_view(), name="security"),
    path("profile/security/sessions/end/", security.end_session, name="session_end"),
    path("profile/security/sessions/end-others/", security.end_other_sessions, name="sessions_end_others"),
    path("", include("twofactor.keys.urls")),
    path("management/users/", include("twofactor.requirement.urls")),
    path("management/users/<id:user_id>/help/", OwnersHelp.as_view(), name="user_help"),
]
