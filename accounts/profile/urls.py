from django.urls import path

from accounts.profile import language, views

urlpatterns = [
    path("profile/", views.ProfilePage.as_view(), name="profile"),
    path("language/", language.set_language, name="set_language"),
]
