from django.urls import path

from twofactor.keys import pages, views

urlpatterns = [
    path("profile/security/keys/", pages.KeysPage.as_view(), name="security_keys"),
    path("profile/security/keys/<id:key_id>/name/", pages.RenamePage.as_view(), name="security_key_name"),
    path("profile/security/keys/<id:key_id>/delete/", pages.RemovePage.as_view(), name="security_key_delete"),
    path("profile/security/app/delete/", pages.RemoveAppPage.as_view(), name="app_delete"),
    path("two-factor/keys/register/options/", views.RegisterOptions.as_view(), name="key_register_options"),
    path("two-factor/keys/register/verify/", views.RegisterVerify.as_view(), name="key_register_verify"),
    path("two-factor/keys/authenticate/options/", views.AuthenticateOptions.as_view(), name="key_options"),
    path("two-factor/keys/authenticate/verify/", views.AuthenticateVerify.as_view(), name="key_verify"),
]
