from django.urls import path

from cloudpanel.overview.views import overview

urlpatterns = [path("", overview, name="overview")]
