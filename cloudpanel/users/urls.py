"""Management > Users: changes of several users, and the import."""

from django.urls import path

from cloudpanel.users.bulk_views import SeveralUsers
from cloudpanel.users.import_views import ImportUsers, template
from cloudpanel.users.remind import remind

urlpatterns = [
    path("bulk/", SeveralUsers.as_view(), name="users_bulk"),
    path("remind/", remind, name="users_remind"),
    path("import/", ImportUsers.as_view(), name="users_import"),
    path("import/template.csv", template, name="users_import_template"),
]
