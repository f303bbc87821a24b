"""On every page, the menus mark the link to which the page belongs as the current one, and no other."""

import re

import pytest
from django.urls import reverse

from tests.accounts.test_access_matrix import World
from tests.architecture.test_views import TABLE

SECTIONS = {
    "overview": "overview",
    "launch": "launch",
    "profile": "profile profile_name profile_email profile_password profile_language",
    "security": "security security_keys recovery_codes",
    "users": "users user user_create user_name user_email user_description user_password user_role user_state"
    " user_unlock user_delete user_sessions user_help users_import two_factor_required two_factor_reset",
    "roles": "roles role role_create role_clone role_delete role_name role_description role_state role_permissions"
    " role_users",
    "applications": "applications application application_create application_name application_origin"
    " application_description application_access application_needs application_state application_guard"
    " application_openid application_secret application_delete",
    "logs": "logs",
}
PAGES = {name: section for section, names in SECTIONS.items() for name in names.split()}
MENU = '<nav class="menu"'
CURRENT = re.compile(r'<a\b[^>]*\bhref="([^"]*)"[^>]*\baria-current="page"')


@pytest.mark.django_db
def test_a_page_marks_the_link_of_its_section_and_no_other():
    world, found = World(), {}
    for name, pattern, _ in TABLE:
        person = world.people["administrator" if name == "recovery_codes" else "owner"]
        answer = person.get(world.address(pattern))
        if answer.status_code == 200 and not answer.streaming and MENU in answer.content.decode():
            found[name] = CURRENT.findall(answer.content.decode())
    assert found == {name: [reverse(section)] for name, section in PAGES.items()}


@pytest.mark.django_db
def test_an_address_without_a_page_marks_no_link(olivia):
    page = olivia.get("/management/users/nothing/here/").content.decode()
    assert MENU in page
    assert CURRENT.findall(page) == []
