"""Management > Users, several at once: what needs both people and their factors."""

from django.urls import path

from cloudpanel.users.bulk_views import SeveralUsers
from cloudpanel.users.import_views import ImportUsers
from cloudpanel.users.remind import remind

urlpatterns = [
    path("bulk/", SeveralUsers.as_view(), name="users_bulk"),
    path("remind/", remind, name="users_remind"),
    path("import/", ImportUsers.as_view(), name="users_import"),
]
