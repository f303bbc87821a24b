from django.urls import path

from accounts.profile import language, theme, views

urlpatterns = [
    path("profile/", views.ProfilePage.as_view(), name="profile"),
    path("profile/name/", views.NamePage.as_view(), name="profile_name"),
    path("profile/email/", views.EmailPage.as_view(), name="profile_email"),
    path("profile/password/", views.PasswordPage.as_view(), name="profile_password"),
    path("profile/language/", views.LanguagePage.as_view(), name="profile_language"),
    path("language/", language.set_language, name="set_language"),
    path("theme/", theme.set_theme, name="set_theme"),
]
