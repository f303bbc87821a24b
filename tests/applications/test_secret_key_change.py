"""A visit goes on under a new `SECRET_KEY`, before and after its person comes back to the panel."""

import pytest

from accounts.models import User
from cloudpanel.applications.models import Visit
from tests.applications.visits import check, visit
from tests.bench.sql import Sql
from tests.secret_key import change_secret_key

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("trusted_proxy")]


def test_a_visit_goes_on(grafana, lena, settings):
    cookie = visit(grafana)
    assert check(cookie).status_code == 200
    change_secret_key(settings)
    with Sql() as sql:
        assert check(cookie).status_code == 200
    assert (sql.queries, sql.writes) == (1, 0)
    assert lena.is_in()
    assert Visit.objects.count() == 1
    assert check(cookie).status_code == 200


def test_without_the_old_key_it_is_over(grafana, lena, settings):
    cookie = visit(grafana)
    change_secret_key(settings)
    settings.SECRET_KEY_FALLBACKS = []
    assert check(cookie).status_code == 302


def test_a_change_of_the_account_ends_it_all_the_same(grafana, lena, settings):
    cookie = visit(grafana)
    change_secret_key(settings)
    User.objects.filter(username=lena.username).update(stamp=9)
    assert check(cookie).status_code == 302
