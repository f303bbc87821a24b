"""All URLs of the panel."""

from django.urls import include, path

from cloudpanel.admin_site import site
from cloudpanel.applications.launch import launch
from cloudpanel.web import well_known
from cloudpanel.web.favicon import favicon

urlpatterns = [
    path("", include("cloudpanel.overview.urls")),
    path("", include("twofactor.urls")),
    path("", include("accounts.contracts.urls")),
    path("", include("accounts.profile.urls")),
    path("", include("accounts.reset.urls")),
    path("management/users/", include("cloudpanel.users.urls")),
    path("management/users/", include("accounts.users.urls")),
    path("management/roles/", include("accounts.roles.urls")),
    path("applications/", launch, name="launch"),
    path("management/applications/", include("cloudpanel.applications.urls")),
    path("", include("cloudpanel.applications.guard.urls")),
    path("management/logs/", include("accounts.logs.urls")),
    path("", include("cloudpanel.applications.openid.urls")),
    path("admin/", site.urls),
    path("favicon.ico", favicon, name="favicon"),
    path(".well-known/change-password", well_known.change_password, name="change_password"),
    path(".well-known/security.txt", well_known.security_txt, name="security_txt"),
]

handler400 = "cloudpanel.web.errors.bad_request"
handler403 = "cloudpanel.web.errors.forbidden"
handler404 = "cloudpanel.web.errors.not_found"
handler500 = "cloudpanel.web.errors.server_error"
