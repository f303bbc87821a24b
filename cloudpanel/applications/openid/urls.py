from django.urls import path

from cloudpanel.applications.openid import discovery, end_session, endpoints, login_views

urlpatterns = [
    path(".well-known/openid-configuration", discovery.configuration, name="openid_configuration"),
    path(".well-known/oauth-authorization-server", discovery.configuration, name="oauth_configuration"),
    path("openid/jwks.json", discovery.jwks, name="openid_jwks"),
    path("openid/authorize/", login_views.authorization, name="openid_authorize"),
    path("openid/authorize/<str:sealed>/", login_views.resumed, name="openid_resume"),
    path("openid/account/", login_views.account, name="openid_account"),
    path("openid/consent/", login_views.consent, name="openid_consent"),
    path("openid/token/", endpoints.token, name="openid_token"),
    path("openid/userinfo/", endpoints.userinfo, name="openid_userinfo"),
    path("openid/introspect/", endpoints.introspect, name="openid_introspect"),
    path("openid/revoke/", endpoints.revoke, name="openid_revoke"),
    path("openid/end-session/", end_session.end_session, name="openid_end_session"),
    path("openid/end-session/confirm/", end_session.confirm, name="openid_end_session_confirm"),
]
