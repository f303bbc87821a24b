from django.contrib.auth.decorators import login_required
from django.urls import path

from tests.bench.page import PATH, page

urlpatterns = [path(PATH[1:], login_required(page))]
