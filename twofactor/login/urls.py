from django.urls import path

from twofactor.login import later, new_password, views

urlpatterns = [
    path("login/", views.PasswordStep.as_view(), name="login"),
    path("login/code/", views.CodeStep.as_view(), name="login_code"),
    path("login/recovery/", views.RecoveryStep.as_view(), name="login_recovery"),
    path("logout/", views.log_out, name="logout"),
    path("password/new/", new_password.NewPasswordStep.as_view(), name="password_new"),
    path("two-factor/later/", later.LaterStep.as_view(), name="two_factor_later"),
]
