"""One's own data. No role gates these pages."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views import View

from accounts.access import Access, Audience
from accounts.http import PanelRequest


class ProfilePage(View):
    access = Access(Audience.ACCOUNT)

    def get(self, request: PanelRequest) -> HttpResponse:
        return render(request, "accounts/profile/profile.html", {"section": "profile"})
