"""All addresses of the panel."""

from django.urls import include, path

from cloudpanel.admin_site import site
from cloudpanel.favicon import favicon

urlpatterns = [
    path("", include("cloudpanel.overview.urls")),
    path("", include("twofactor.urls")),
    path("", include("accounts.contracts.urls")),
    path("", include("accounts.profile.urls")),
    path("", include("accounts.reset.urls")),
    path("management/users/", include("accounts.users.urls")),
    path("management/roles/", include("accounts.roles.urls")),
    path("management/logs/", include("accounts.logs.urls")),
    path("admin/", site.urls),
    path("favicon.ico", favicon, name="favicon"),
]

handler400 = "cloudpanel.errors.bad_request"
handler403 = "cloudpanel.errors.forbidden"
handler404 = "cloudpanel.errors.not_found"
handler500 = "cloudpanel.errors.server_error"
