"""Every address of the panel × everybody who may knock. An address without a row here fails the test.

`in` is let in by the gate (what the view then says is another matter); `on` is led on from a step that is done;
`login`, `code`, `setup` and `confirm` are the pages to which one is sent; 403 and 404 are what they are.
"""

import re
from datetime import timedelta

import pytest
from django.db import transaction
from django.urls import reverse

from accounts.gate.access import Access, Audience
from accounts.permissions import DISPLAY_PERMISSIONS
from tests.architecture.test_views import TABLE
from tests.factories import make_admin, make_application, make_member, make_owner, make_role
from tests.people import Person

pytestmark = pytest.mark.django_db

PEOPLE = ["nobody", "code", "setup", "reader", "administrator", "owner", "stranger", "admin"]
READERS = ("reader", "administrator", "owner", "stranger", "admin")

#                nobody  code  setup  reader  administrator  owner  stranger  admin
ROWS = """
overview         login   code  setup  in      in             in     in        in
contracts        login   code  setup  in      in             in     in        in
login            in      in    in     on      on             on     on        on
login_code       login   in    setup  on      on             on     on        on
login_recovery   login   in    setup  on      on             on     on        on
login_help       login   in    setup  on      on             on     on        on
password_new     login   code  setup  on      on             on     on        on
two_factor_later login   code  setup  on      on             on     on        on
two_factor_setup login   code  in     in      in             in     in        in
confirm          login   code  setup  in      in             in     in        in
logout           in      in    in     in      in             in     in        in
set_language     in      in    in     in      in             in     in        in
set_theme        in      in    in     in      in             in     in        in
favicon          in      in    in     in      in             in     in        in
change_password  in      in    in     in      in             in     in        in
security_txt     in      in    in     in      in             in     in        in
password_forgot  in      in    in     in      in             in     in        in
password_reset   in      in    in     in      in             in     in        in
email_confirm    in      in    in     in      in             in     in        in

openid_configuration       in    in   in    in     in             in     in        in
oauth_configuration        in    in   in    in     in             in     in        in
openid_jwks                in    in   in    in     in             in     in        in
openid_authorize           in    in   in    in     in             in     in        in
openid_resume              in    in   in    in     in             in     in        in
openid_token               in    in   in    in     in             in     in        in
openid_userinfo            in    in   in    in     in             in     in        in
openid_introspect          in    in   in    in     in             in     in        in
openid_revoke              in    in   in    in     in             in     in        in
openid_end_session         in    in   in    in     in             in     in        in
openid_end_session_confirm in    in   in    in     in             in     in        in
openid_account             login code setup in      in             in     in        in
openid_consent             login code setup in      in             in     in        in

two_factor_activated     login code setup in  in             in     in        in
recovery_codes           login code setup in  in             in     in        in
recovery_codes_download  login code setup in  in             in     in        in
two_factor_disable       login code setup in  403            in     in        403
security                 login code setup in  in             in     in        in
security_keys            login code setup in  in             in     in        in
security_key_name        login code setup 404 404            404    404       404
security_key_delete      login code setup 404 404            404    404       404
app_delete               login code setup in  in             in     in        in
key_register_options     login code in    in  in             in     in        in
key_register_verify      login code in    in  in             in     in        in
key_options              in    in   setup in  in             in     in        in
key_verify               in    in   setup in  in             in     in        in
session_end              login code setup in  in             in     in        in
sessions_end_others      login code setup in  in             in     in        in
profile                  login code setup in  in             in     in        in
profile_name             login code setup in  in             in     in        in
profile_email            login code setup in  in             in     in        in
profile_password         login code setup in  in             in     in        in
profile_language         login code setup in  in             in     in        in

users            login   code  setup  in      in             in     in        404
user_create      login   code  setup  403     in             in     in        404
users_bulk       login   code  setup  403     in             in     in        404
users_export     login   code  setup  in      in             in     in        404
users_import     login   code  setup  403     in             in     in        404
users_import_template login code  setup  403     in             in     in        404
users_remind     login   code  setup  403     403            in     in        404
user             login   code  setup  in      in             in     404       404
user_name        login   code  setup  403     in             in     404       404
user_email       login   code  setup  403     in             in     404       404
user_description login   code  setup  403     in             in     404       404
user_password    login   code  setup  403     in             in     404       404
user_role        login   code  setup  403     in             in     404       404
user_state       login   code  setup  403     in             in     404       404
user_unlock      login   code  setup  403     in             in     404       404
user_delete      login   code  setup  403     in             in     404       404
user_sessions    login   code  setup  403     403            in     404       404
user_session_end login   code  setup  403     403            in     404       404

two_factor_required      login code setup 403 403            in     404       404
two_factor_reset         login code setup 403 403            in     404       404
user_help                login code setup 403 403            in     404       404

roles            login   code  setup  in      in             in     in        404
role_create      login   code  setup  403     in             in     in        404
role             login   code  setup  in      in             in     404       404
role_clone       login   code  setup  403     in             in     404       404
role_delete      login   code  setup  403     in             in     404       404
role_name        login   code  setup  403     in             in     404       404
role_description login   code  setup  403     in             in     404       404
role_state       login   code  setup  403     in             in     404       404
role_permissions login   code  setup  in      in             in     404       404
role_users       login   code  setup  in      in             in     404       404

applications            login code setup in  in in in  404
application_create      login code setup 403 in in in  404
application             login code setup in  in in 404 404
application_name        login code setup 403 in in 404 404
application_origin      login code setup 403 in in 404 404
application_description login code setup 403 in in 404 404
application_access      login code setup 403 in in 404 404
application_needs       login code setup 403 in in 404 404
application_state       login code setup 403 in in 404 404
application_guard          login code setup in in in 404 404
application_guard_download login code setup in in in 404 404
launch                     login code setup in in in in  in
guard_open                 login code setup in in in in  in
application_openid      login code setup 403 in in 404 404
application_secret      login code setup 403 in in 404 404
application_delete      login code setup 403 in in 404 404

logs             login   code  setup  in      in             in     in        404
logs_export      login   code  setup  in      in             in     in        404
"""
EXPECTED = {row.split()[0]: dict(zip(PEOPLE, row.split()[1:], strict=True)) for row in ROWS.splitlines() if row}
# The gate decides before the method is looked at. Only these say something else to an empty POST.
EXPECTED_OF_POST = {
    "two_factor_setup": {"administrator": "on", "admin": "on"},  # active already, and no key is being set up
    "contracts": dict.fromkeys(READERS, "404"),  # no contract was chosen
    "role_permissions": {"reader": "403"},  # readable with `show`, changed with `modify`
    "role_users": {"reader": "403"},
    "application_guard": {"reader": "403"},
    "application_guard_download": {"reader": "403"},
}
ADMIN = """
admin:index          login code setup 403 403 403 403 in
admin:login          login code setup in  in  in  in  in
admin:password_change login code setup in in in in in
admin:password_change_done login code setup in in in in in
"""
PAGES = {
    "/login/": "login",
    "/login/code/": "code",
    "/two-factor/later/": "later",
    "/two-factor/setup/": "setup",
    "/confirm/": "confirm",
    "/password/new/": "new password",
}


class World:
    """Everybody of the table at their browsers, and one user and one role to look at."""

    def __init__(self) -> None:
        owner = make_owner()
        contract = owner.contracts.get()
        reading = make_role(contract, *DISPLAY_PERMISSIONS)
        self.target = make_member(contract, "target", role=reading)
        self.role = make_role(contract, "users.show", name="Looked at")
        self.application = make_application(contract)
        self.people = {
            "nobody": Person("nobody"),
            "code": Person(make_member(contract, "code")).enrol().another_browser(),
            "setup": Person(make_member(contract, "setup")),
            "reader": Person(make_member(contract, "reader", role=reading, two_factor_required=False)),
            "administrator": Person(make_member(contract, "boss")).enrol(),
            "owner": Person(owner),
            "stranger": Person(make_owner("stranger", contract="Beta")),
            "admin": Person(make_admin()).enrol(),
        }
        for who in ("code", "setup", "reader", "owner", "stranger"):
            self.people[who].start_login()

    def address(self, pattern: str) -> str:
        values = {
            "user_id": self.target.pk,
            "role_id": self.role.pk,
            "application_id": self.application.pk,
            "kind": "nginx",
            "uid": "x",
            "uidb64": "x",
            "token": "x",
        }
        return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values.get(found[1], "1")), pattern)

    def verdicts(self, address: str, access: Access | None, method: str) -> dict[str, str]:
        return {who: self.verdict(who, address, access, method) for who in PEOPLE}

    def verdict(self, who: str, address: str, access: Access | None, method: str) -> str:
        """What one person meets; whatever the request changed is taken back."""
        client = self.people[who].client
        cookies = client.cookies.copy()
        point = transaction.savepoint()
        response = getattr(client, method)(address)
        transaction.savepoint_rollback(point)
        client.cookies = cookies
        return verdict_of(response, access, address)


def verdict_of(response, access: Access | None, address: str) -> str:
    assert response.status_code < 500
    location = response.get("Location", "").partition("?")[0]
    if access and access.audience is Audience.OPEN:
        return PAGES.get(location, "in") if location != "/login/" else "in"
    if response.status_code in (403, 404):
        return str(response.status_code)
    if location in PAGES and location != address:
        return PAGES[location]
    step = access is not None and access.audience is Audience.STEP
    return "on" if step and location not in ("", address) else "in"


def test_every_address_has_a_row():
    assert not {name for name, _, _ in TABLE} - EXPECTED.keys()


@pytest.mark.parametrize(("name", "pattern", "access"), TABLE, ids=[name for name, _, _ in TABLE])
def test_everybody_meets_what_the_table_says(name, pattern, access, clock):
    world = World()
    address = world.address(pattern)
    expected = EXPECTED.get(name, {})
    assert world.verdicts(address, access, "get") == expected
    assert world.verdicts(address, access, "post") == expected | EXPECTED_OF_POST.get(name, {})


FRESH = [(name, pattern, access) for name, pattern, access in TABLE if access and access.fresh]


@pytest.mark.parametrize(("name", "pattern", "access"), FRESH, ids=[name for name, _, _ in FRESH])
def test_who_was_let_in_is_asked_to_confirm_after_five_minutes_and_nobody_else_is(name, pattern, access, clock):
    world = World()
    clock.shift(timedelta(minutes=5))
    for method in ("get", "post"):
        for who in READERS:
            later = "confirm" if EXPECTED[name][who] == "in" else EXPECTED[name][who]
            assert world.verdict(who, world.address(pattern), access, method) == later, (who, method)


@pytest.mark.parametrize("row", ADMIN.strip().splitlines(), ids=lambda row: row.split()[0])
def test_django_admin_is_for_verified_staff_and_has_no_door_of_its_own(row, clock):
    name, *verdicts = row.split()
    world = World()
    expected = dict(zip(PEOPLE, verdicts, strict=True))
    assert world.verdicts(reverse(name), None, "get") == expected
    assert world.verdicts(reverse(name), None, "post") == expected


@pytest.mark.parametrize("user_id", ["0", "-1", "1", "999999", "9" * 19, "9" * 30, "abc", "1e3", "%00"])
def test_an_id_that_is_not_in_the_contract_is_a_404_like_one_that_does_not_exist(user_id, clock):
    """The owner's and the admins' ids too."""
    world = World()
    for who in ("administrator", "owner", "reader"):
        for page in ("", "name/", "two-factor-required/", "two-factor-reset/", "delete/"):
            for method in ("get", "post"):
                assert world.verdict(who, f"/management/users/{user_id}/{page}", None, method) == "404"


@pytest.mark.parametrize("whose", ["owner", "stranger", "root"])
def test_the_owners_and_the_admins_ids_are_404s(whose, clock):
    world = World()
    user_id = type(world.target).objects.get(username=whose).pk
    for who in ("administrator", "owner", "reader"):
        for page in ("", "two-factor-required/", "two-factor-reset/"):
            assert world.verdict(who, f"/management/users/{user_id}/{page}", None, "post") == "404"
