"""Management > Users. Several users and import: `cloudpanel.users`. The 2FA switch: `twofactor.requirement`."""

from django.urls import path

from accounts.users import changes, credentials, export, sessions_page, views

urlpatterns = [
    path("", views.users, name="users"),
    path("create/", views.CreateUser.as_view(), name="user_create"),
    path("export.csv", export.users, name="users_export"),
    path("<id:user_id>/", views.user, name="user"),
    path("<id:user_id>/name/", changes.UserName.as_view(), name="user_name"),
    path("<id:user_id>/email/", credentials.UserEmail.as_view(), name="user_email"),
    path("<id:user_id>/description/", changes.UserDescription.as_view(), name="user_description"),
    path("<id:user_id>/password/", credentials.UserPassword.as_view(), name="user_password"),
    path("<id:user_id>/role/", changes.UserRole.as_view(), name="user_role"),
    path("<id:user_id>/state/", changes.UserState.as_view(), name="user_state"),
    path("<id:user_id>/unlock/", changes.UserUnlock.as_view(), name="user_unlock"),
    path("<id:user_id>/delete/", changes.UserDelete.as_view(), name="user_delete"),
    path("<id:user_id>/sessions/", sessions_page.UserSessions.as_view(), name="user_sessions"),
    path("<id:user_id>/sessions/end/", sessions_page.end_session, name="user_session_end"),
]
