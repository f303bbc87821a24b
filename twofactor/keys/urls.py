from django.urls import path

from twofactor.keys import ceremony_views, views

urlpatterns = [
    path("profile/security/keys/", views.KeysPage.as_view(), name="security_keys"),
    path("profile/security/keys/<id:key_id>/name/", views.RenamePage.as_view(), name="security_key_name"),
    path("profile/security/keys/<id:key_id>/delete/", views.RemovePage.as_view(), name="security_key_delete"),
    path("profile/security/app/delete/", views.RemoveAppPage.as_view(), name="app_delete"),
    path("two-factor/keys/register/options/", ceremony_views.RegisterOptions.as_view(), name="key_register_options"),
    path("two-factor/keys/register/verify/", ceremony_views.RegisterVerify.as_view(), name="key_register_verify"),
    path("two-factor/keys/authenticate/options/", ceremony_views.AuthenticateOptions.as_view(), name="key_options"),
    path("two-factor/keys/authenticate/verify/", ceremony_views.AuthenticateVerify.as_view(), name="key_verify"),
]
