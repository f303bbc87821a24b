from django.urls import path

from accounts.contracts.views import ContractsPage

urlpatterns = [path("contracts/", ContractsPage.as_view(), name="contracts")]
