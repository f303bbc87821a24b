"""Tokens are taken with whatever a mail program made of them, so that a broken link gets its page too."""

from django.urls import path

from accounts.reset import views

urlpatterns = [
    path("password/forgot/", views.ForgotPage.as_view(), name="password_forgot"),
    path("email/confirm/<path:token>/", views.ConfirmEmailPage.as_view(), name="email_confirm"),
]
