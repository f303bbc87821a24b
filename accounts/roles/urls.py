"""Management > Roles."""

from django.urls import path

from accounts.roles import changes, views
from accounts.roles.permissions_page import RolePermissions
from accounts.roles.users_page import RoleUsers

urlpatterns = [
    path("", views.roles, name="roles"),
    path("create/", views.NewRole.as_view(), name="role_create"),
    path("<id:role_id>/", views.role, name="role"),
    path("<id:role_id>/clone/", views.CloneRole.as_view(), name="role_clone"),
    path("<id:role_id>/delete/", views.DeleteRole.as_view(), name="role_delete"),
    path("<id:role_id>/name/", changes.RoleName.as_view(), name="role_name"),
    path("<id:role_id>/description/", changes.RoleDescription.as_view(), name="role_description"),
    path("<id:role_id>/state/", changes.RoleState.as_view(), name="role_state"),
    path("<id:role_id>/permissions/", RolePermissions.as_view(), name="role_permissions"),
    path("<id:role_id>/users/", RoleUsers.as_view(), name="role_users"),
]
