"""A new password differs from the current one, wherever a new one is due."""

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import User
from accounts.reset import links
from tests.factories import PASSWORD, make_admin, make_member
from tests.people import Person, words

pytestmark = pytest.mark.django_db
SAID = "Choose a password that differs from the current one."
NEW = "another-password-altogether"


@pytest.fixture
def lena(contract) -> User:
    return make_member(contract, two_factor_required=False, email="lena@example.com")


def path_of(link: str) -> str:
    return link.removeprefix("http://127.0.0.1:8000")


def pair(password: str, again: str = "") -> dict:
    return {"new_password1": password, "new_password2": again or password}


def refused(response, user: User) -> bool:
    stamp = User.objects.get(pk=user.pk).stamp
    return response.status_code == 200 and SAID in words(response) and stamp == user.stamp


def test_s04_by_the_reset_link_also_after_a_hundred_wrong_codes(lena):
    User.objects.update(password_revoked_at=timezone.now())
    path = path_of(links.reset_link(lena))
    browser = Person(lena)
    assert refused(browser.post(path, pair(PASSWORD)), lena)
    assert User.objects.get(pk=lena.pk).password_revoked_at
    assert browser.post(path, pair(NEW)).status_code == 302


def test_s04_at_a_forced_new_password(lena):
    User.objects.filter(pk=lena.pk).update(must_change_password=True)
    browser = Person(lena)
    assert browser.start_login().url == "/password/new/"
    assert refused(browser.post("/password/new/", pair(PASSWORD)), lena)
    assert browser.post("/password/new/", pair(NEW)).status_code == 302


def test_s04_in_the_profile(lena):
    browser = Person(lena)
    browser.log_in()
    assert refused(browser.post("/profile/password/", {"current_password": PASSWORD} | pair(PASSWORD)), lena)


def test_s04_the_profile_does_not_tell_whether_a_guess_is_right(lena):
    browser = Person(lena)
    browser.log_in()
    answer = browser.post("/profile/password/", {"current_password": NEW} | pair(PASSWORD))
    assert answer.status_code == 200
    assert SAID not in words(answer)


def test_s04_at_the_owners_pencil(lena, olivia):
    path = f"/management/users/{lena.pk}/password/"
    assert refused(olivia.post(path, {"password1": PASSWORD, "password2": PASSWORD}), lena)
    assert olivia.post(path, {"password1": NEW, "password2": NEW}).status_code == 302


def test_s04_a_form_that_is_refused_anyway_tells_nothing(lena, olivia):
    path = f"/management/users/{lena.pk}/password/"
    answer = olivia.post(path, {"password1": PASSWORD, "password2": NEW})
    assert answer.status_code == 200
    assert SAID not in words(answer)


def test_s04_in_django_admin(lena):
    admin = Person(make_admin()).enrol()
    form = {"name": "Lena", "is_active": "on", "role": lena.role_id, "description": ""} | pair(PASSWORD)
    assert refused(admin.post(f"/admin/accounts/user/{lena.pk}/change/", form), lena)


def test_s04_on_the_servers_command_line(lena, monkeypatch):
    monkeypatch.setenv("CLOUDPANEL_PASSWORD", PASSWORD)
    with pytest.raises(CommandError, match="differs from the current one"):
        call_command("changepassword", "lena", "--noinput")


def test_s04_an_invitation_has_no_current_password(contract):
    nina = make_member(contract, "nina")
    nina.set_unusable_password()
    nina.save()
    assert Person(nina).post(path_of(links.invitation_link(nina)), pair(PASSWORD)).status_code == 302
