"""What each page asks of the database: one question about whoever comes, and few for what it shows.

An address without a row here fails the test. None asks more as users grow: the lists have tests of their own for that.
"""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import override_settings
from django.utils import timezone

from accounts.models import Notice
from cloudpanel.overview import logins
from tests.accounts.test_access_matrix import World
from tests.architecture.test_views import TABLE
from tests.bench.sql import Sql
from tests.factories import make_member, make_role
from tests.people import Person, code_of
from tests.twofactor.keys.browser import AUTHENTICATE, Browser
from tests.twofactor.keys.token import ORIGIN, Token

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

#                        who            answer  queries
ROWS = """
login                    nobody         200     0
password_forgot          nobody         200     0
password_reset           nobody         404     0
email_confirm            nobody         404     0
favicon                  nobody         302     0
change_password          nobody         302     0
security_txt             nobody         404     0
login_code               code           200     1
login_recovery           code           200     1
login_help               code           200     4
two_factor_setup         setup          200     2
password_new             code           302     1
two_factor_later         code           302     1
two_factor_activated     administrator  302     1

overview                 owner          200     11
contracts                owner          302     2
confirm                  owner          200     1
logout                   owner          200     1
set_language             owner          405     1
set_theme                owner          405     1
recovery_codes           administrator  200     2
recovery_codes_download  administrator  302     1
two_factor_disable       owner          302     1
security                 owner          200     5
security_keys            owner          200     2
security_key_name        owner          404     2
security_key_delete      owner          404     2
app_delete               owner          302     1
key_register_options     owner          405     1
key_register_verify      owner          405     1
key_options              nobody         405     0
key_verify               nobody         405     0
session_end              owner          405     1
sessions_end_others      owner          405     1
profile                  owner          200     1
profile_name             owner          200     1
profile_email            owner          200     1
profile_password         owner          200     1
profile_language         owner          200     1

openid_configuration     nobody         200     0
oauth_configuration      nobody         200     0
openid_jwks              nobody         200     1
openid_authorize         owner          400     1
openid_resume            owner          400     1
openid_account           owner          405     1
openid_consent           owner          405     1
openid_token             nobody         405     0
openid_userinfo          nobody         401     0
openid_introspect        nobody         405     0
openid_revoke            nobody         405     0
openid_end_session       owner          200     1
openid_end_session_confirm owner        405     1

users                    owner          200     5
user_create              owner          200     2
users_bulk               owner          302     1
users_export             owner          200     4
users_import             owner          200     1
users_import_template    owner          200     1
users_remind             owner          405     1
user                     owner          200     13
user_name                owner          200     2
user_email               owner          200     2
user_description         owner          200     2
user_password            owner          200     2
user_role                owner          200     3
user_state               owner          200     2
user_unlock              owner          200     2
user_delete              owner          200     2
user_sessions            owner          200     3
user_session_end         owner          405     2
two_factor_required      owner          200     2
two_factor_reset         owner          200     2
user_help                owner          200     4

roles                    owner          200     2
role_create              owner          200     1
role                     owner          200     3
role_clone               owner          200     2
role_delete              owner          200     3
role_name                owner          200     2
role_description         owner          200     2
role_state               owner          200     2
role_permissions         owner          200     2
role_users               owner          200     4

applications             owner          200     3
application_create       owner          200     1
application              owner          200     3
application_name         owner          200     2
application_origin       owner          200     2
application_description  owner          200     2
application_access       owner          200     4
application_needs        owner          200     2
application_state        owner          200     2
application_guard        owner          200     2
application_guard_download owner        200     2
launch                   owner          200     2
guard_open               owner          400     1
application_openid       owner          200     3
application_secret       owner          200     3
application_delete       owner          200     2

logs                     owner          200     6
logs_export              owner          200     4
"""
EXPECTED = {row.split()[0]: row.split()[1:] for row in ROWS.splitlines() if row}


@pytest.fixture(autouse=True)
def _no_finished_days():
    """The Overview is looked at for the first time today."""
    logins._finished.cache_clear()


@pytest.mark.parametrize(("name", "pattern"), [(name, pattern) for name, pattern, _ in TABLE])
def test_a_page_asks_as_often_as_the_table_says(name, pattern, django_assert_num_queries):
    who, status, queries = EXPECTED[name]
    world = World()
    with django_assert_num_queries(int(queries)):
        answer = world.people[who].get(world.address(pattern))
    assert answer.status_code == int(status)


@pytest.mark.parametrize("path", ["/management/users/", "/management/logs/"])
def test_a_refusal_asks_who_it_is_and_whose_contract_and_writes_one_row(path, contract, django_assert_num_queries):
    reader = Person(make_member(contract, two_factor_required=False, role=make_role(contract)))
    reader.log_in()
    with django_assert_num_queries(6):  # one, its count and row between the two ends of a savepoint, and whom to ask
        assert reader.get(path).status_code == 403


def test_the_step_before_the_set_up_has_drawn_the_key_so_its_page_writes_nothing(contract, django_assert_num_queries):
    lena = Person(make_member(contract))
    lena.start_login()
    with django_assert_num_queries(2):  # one of them for the owner's name
        key = lena.read_key()
    assert lena.read_key() == key


def test_the_new_codes_and_the_new_password_cost_one_question(contract, django_assert_num_queries):
    lena = Person(make_member(contract, must_change_password=True))
    assert lena.start_login().url == "/password/new/"
    with django_assert_num_queries(1):
        assert lena.get("/password/new/").status_code == 200
    answer = lena.post("/password/new/", {"new_password1": "seven brave otters", "new_password2": "seven brave otters"})
    assert answer.url == "/two-factor/setup/"
    assert lena.post("/two-factor/setup/", {"code": code_of(lena.read_key())}).url == "/two-factor/activated/"
    with django_assert_num_queries(1):
        assert lena.get("/two-factor/activated/").status_code == 200


@pytest.mark.parametrize("notices", [0, 2])
def test_a_set_up_from_its_page_to_the_codes(contract, notices):
    """One makes the browser a known one. Notices that wait cost two: taken at the login, shown once with the codes."""
    user = make_member(contract)
    long_ago = timezone.now() - timedelta(days=1)
    Notice.objects.bulk_create(Notice(user=user, event="two_factor_reset", at=long_ago) for _ in range(notices))
    lena = Person(user)
    lena.start_login()
    with Sql() as sql:
        lena.post("/two-factor/setup/", {"code": code_of(lena.read_key())})
        assert lena.get("/two-factor/activated/").status_code == 200
    assert sql.queries == 14 + 2 * bool(notices)


def test_a_log_in_with_a_code_from_the_form_to_the_last_step(contract):
    lena = Person(make_member(contract)).enrol()
    browser = lena.another_browser()
    with Sql() as sql:
        browser.get("/login/")
        browser.start_login()
        browser.get("/login/code/")
        assert browser.post("/login/code/", {"code": code_of(lena.key)}).url == "/"
    assert sql.queries == 13  # one makes the browser a known one, if nobody has ended the login


def test_a_log_in_from_a_known_browser_writes_no_mark(contract):
    lena = Person(make_member(contract)).enrol()
    lena.post("/logout/")
    assert "You have logged out." in lena.get("/login/").content.decode()
    lena.client.cookies.pop(settings.SESSION_COOKIE_NAME)  # the browser was closed
    with Sql() as sql:
        lena.get("/login/")
        lena.start_login()
        lena.get("/login/code/")
        assert lena.post("/login/code/", {"code": code_of(lena.key)}).url == "/"
    assert sql.queries == 13


@override_settings(PUBLIC_URL=ORIGIN)
@pytest.mark.parametrize("password", [False, True])
def test_a_log_in_with_a_key_asks_eight_times_after_its_prompt(contract, password):
    """From a known browser; reading the key and using its challenge up are one statement.
    After a password, one more asks whether somebody has ended the login."""
    lena, token = Browser(make_member(contract)).enrol(), Token()
    lena.register(token)
    Notice.objects.all().delete()  # of the new key
    lena.post("/logout/")
    lena.client.cookies.pop(settings.SESSION_COOKIE_NAME)  # the browser was closed
    lena.get("/login/")
    if password:
        assert lena.start_login().url == "/login/code/"
    credential = token.use(lena.options(AUTHENTICATE))
    with Sql() as sql:
        assert lena.send(f"{AUTHENTICATE}verify/", {"credential": credential}).json() == {"next": "/"}
    assert sql.queries == 8 + password
