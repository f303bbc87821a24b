"""Tokens are accepted in any form, as mail programs may damage them, so that a broken link gets its page."""

from django.urls import path

from accounts.reset import views

urlpatterns = [
    path("password/forgot/", views.ForgotPage.as_view(), name="password_forgot"),
    path("email/confirm/<path:token>/", views.ConfirmEmailPage.as_view(), name="email_confirm"),
]
