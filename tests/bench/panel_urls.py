from django.urls import path

from accounts.gate.access import Access, Audience, open_to
from cloudpanel.urls import *  # noqa: F403
from cloudpanel.urls import urlpatterns as panel
from tests.bench.page import PATH, page

urlpatterns = [path(PATH[1:], open_to(Access(Audience.ACCOUNT))(page)), *panel]
