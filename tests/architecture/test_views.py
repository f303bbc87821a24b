"""Every view of the URL table declares who may enter, and the declarations keep what the product promises."""

from collections.abc import Iterator

import pytest
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, get_resolver, include, path
from django.views.generic import TemplateView

from accounts.gate.access import Access, Audience, Stage, access_of
from accounts.gate.change_view import ChangeView
from tests.factories import make_member, make_owner
from tests.people import Person

OPEN = {
    "logout",
    "set_language",
    "set_theme",
    "password_forgot",
    "password_reset",
    "email_confirm",
    "favicon",
    "openid_configuration",
    "oauth_configuration",
    "openid_jwks",
    "openid_authorize",
    "openid_resume",
    "openid_token",
    "openid_userinfo",
    "openid_introspect",
    "openid_revoke",
    "openid_end_session",
    "openid_end_session_confirm",
    "change_password",
    "security_txt",
}
STEPS = {
    "login": Stage.PASSWORD,
    "login_code": Stage.CODE,
    "login_recovery": Stage.CODE,
    "login_help": Stage.CODE,
    "password_new": Stage.NEW_PASSWORD,
    "two_factor_later": Stage.OFFER,
    "two_factor_setup": Stage.SETUP,
    "confirm": Stage.CONFIRM,
    "key_options": Stage.KEY,
    "key_verify": Stage.KEY,
    "key_register_options": Stage.SETUP,
    "key_register_verify": Stage.SETUP,
}
ASK_AGAIN = {
    "application_openid",
    "application_secret",
    "two_factor_setup",
    "two_factor_required",
    "two_factor_reset",
    "two_factor_disable",
    "recovery_codes",
    "user_email",
    "user_password",
    "profile_email",
    "profile_password",
    "users_import",
}
OWNER_ONLY = {
    "two_factor_required",
    "two_factor_reset",
    "user_help",
    "user_sessions",
    "user_session_end",
    "users_remind",
}


def views(patterns=None, route: str = "/") -> Iterator[tuple[str, URLPattern]]:
    """Every address of the table with its pattern, but for Django admin, which is STAFF as a whole."""
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        address = route + str(entry.pattern)
        if isinstance(entry, URLResolver):
            if entry.namespace != "admin":
                yield from views(entry.url_patterns, address)
        else:
            yield address, entry


TABLE = [(entry.name or address, address, access_of(entry.callback)) for address, entry in views()]
DECLARED = {name: access for name, _, access in TABLE if access}


def test_every_view_declares_who_may_enter():
    assert len(TABLE) > 20
    assert not [address for _, address, access in TABLE if access is None]


def test_every_view_has_a_name_of_its_own():
    assert len({name for name, _, _ in TABLE}) == len(TABLE)
    assert not [name for name, _, _ in TABLE if name.startswith("/")]


def test_only_these_are_open_to_everybody():
    assert {name for name, access in DECLARED.items() if access.audience is Audience.OPEN} <= OPEN


def test_each_step_has_the_stage_of_its_address():
    steps = {name: access.stage for name, access in DECLARED.items() if access.audience is Audience.STEP}
    assert steps == {name: stage for name, stage in STEPS.items() if name in DECLARED}


def test_nothing_but_a_step_has_a_stage():
    assert not [name for name, a in DECLARED.items() if (a.stage is None) is (a.audience is Audience.STEP)]


def test_everything_under_management_is_for_those_who_work_in_the_contract():
    under = {name: access for name, address, access in TABLE if address.startswith("/management/")}
    assert under
    assert not [name for name, access in under.items() if access.audience is not Audience.CONTRACT]
    assert not [
        name for name, access in under.items() if not (access.permission or access.owner_only or access.subject)
    ]


def test_whatever_has_an_id_in_its_address_is_fetched_within_the_contract_by_the_gate():
    with_id = [(name, access) for name, address, access in TABLE if "<id:" in address and "/management/" in address]
    assert with_id
    assert not [name for name, access in with_id if access.subject is None]


def test_no_role_gates_what_is_ones_own():
    own = [access for _, address, access in TABLE if address.startswith(("/profile/", "/two-factor/"))]
    assert own
    assert not [access for access in own if access.permission or access.owner_only]


@pytest.mark.parametrize("name", sorted(ASK_AGAIN))
def test_what_weakens_or_changes_a_factor_asks_for_a_fresh_proof(name):
    if name not in DECLARED:
        pytest.skip(f"there is no address {name}")
    assert DECLARED[name].fresh


@pytest.mark.parametrize("name", sorted(OWNER_ONLY))
def test_what_is_the_owners_is_closed_to_every_role(name):
    if name not in DECLARED:
        pytest.skip(f"there is no address {name}")
    assert DECLARED[name].owner_only


def undeclared(request):
    return HttpResponse("inside")


def declared_for_nobody(request):
    return HttpResponse("inside")


declared_for_nobody.access = "everybody"
urlpatterns = [
    path("undeclared/", undeclared),
    path("rubbish/", declared_for_nobody),
    path("", include("cloudpanel.urls")),
]
handler403 = "cloudpanel.web.errors.forbidden"


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/undeclared/", "/rubbish/"])
def test_a_view_without_a_declaration_lets_nobody_in(address):
    owner = make_owner()
    otto = make_member(owner.contracts.get(), "otto", two_factor_required=False)
    people = [Client(), Person(owner), Person(otto)]
    for person in people[1:]:
        person.log_in()
    with override_settings(ROOT_URLCONF=__name__):
        for person in people:
            response = person.get(address)
            assert response.status_code == 403
            assert b"inside" not in response.content


def test_a_declaration_is_an_access_and_nothing_else():
    assert access_of(undeclared) is None
    assert access_of(declared_for_nobody) is None
    assert isinstance(DECLARED["login"], Access)


PLAIN_VIEWS = {"ActivatedPage", "ImportUsers", "SeveralUsers"}
"""ActivatedPage shows codes and has no form. The others answer more than one form under one URL, so `FormView`, made
for one, would be overridden method by method. ImportUsers: the form with the file, then the one of the preview.
SeveralUsers: the list's selection, then a question whose fields depend on the action, then each next batch."""
JSON_VIEWS = {"AuthenticateOptions", "AuthenticateVerify", "RegisterOptions", "RegisterVerify"}
"""The ceremonies of security keys."""


def test_pages_with_a_form_build_on_the_one_form_view():
    classes = {view for _, pattern in views() if (view := getattr(pattern.callback, "view_class", None))}
    assert {
        view.__name__ for view in classes if not issubclass(view, ChangeView | TemplateView)
    } <= PLAIN_VIEWS | JSON_VIEWS
