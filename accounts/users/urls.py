"""Management > Users. The two pages about 2FA are those of `twofactor.requirement`."""

from django.urls import path

from accounts.users import changes, views

urlpatterns = [
    path("", views.users, name="users"),
    path("create/", views.CreateUser.as_view(), name="user_create"),
    path("<id:user_id>/", views.user, name="user"),
    path("<id:user_id>/name/", changes.UserName.as_view(), name="user_name"),
    path("<id:user_id>/description/", changes.UserDescription.as_view(), name="user_description"),
    path("<id:user_id>/password/", changes.UserPassword.as_view(), name="user_password"),
    path("<id:user_id>/role/", changes.UserRole.as_view(), name="user_role"),
    path("<id:user_id>/state/", changes.UserState.as_view(), name="user_state"),
    path("<id:user_id>/unlock/", changes.UserUnlock.as_view(), name="user_unlock"),
    path("<id:user_id>/delete/", changes.UserDelete.as_view(), name="user_delete"),
]
