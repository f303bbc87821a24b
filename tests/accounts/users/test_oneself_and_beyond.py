"""What nobody does to their own account by the pages of others, and what nobody does beyond their own rights."""

import pytest

from accounts.models import Attempts, User
from accounts.throttling import budgets
from accounts.throttling.budgets import Budget
from tests.factories import make_member, make_role
from tests.people import Person, words

pytestmark = pytest.mark.django_db
NEW = "another-password-altogether"


@pytest.fixture
def mona(contract) -> Person:
    rights = ("users.show", "users.set_password", "users.set_email", "users.enable")
    user = make_member(contract, "mona", role=make_role(contract, *rights), two_factor_required=False)
    person = Person(user)
    person.log_in()
    return person


def own(person: Person) -> User:
    return User.objects.get(username=person.username)


@pytest.mark.parametrize(
    ("action", "form", "said"),
    [
        ("password", {"password1": NEW, "password2": NEW}, "Change your own password in your profile."),
        ("password", {"invite": "on"}, "Change your own password in your profile."),
        ("email", {"email": "new@example.com"}, "Change your own email in your profile."),
    ],
)
def test_s09_ones_own_account_is_changed_in_the_profile(action, form, said, mona):
    before = own(mona)
    path = f"/management/users/{before.pk}/{action}/"
    for answer in (mona.get(path), mona.post(path, form)):
        assert answer.status_code == 403
        assert said in words(answer)
    after = own(mona)
    assert (after.password, after.stamp, after.pending_email) == (before.password, before.stamp, "")


def test_s09_there_is_no_pencil_at_ones_own_password(mona):
    user = own(mona)
    page = mona.get(f"/management/users/{user.pk}/")
    assert page.status_code == 200
    assert f"/management/users/{user.pk}/password/" not in page.content.decode()


def test_s10_a_helper_does_not_unlock_somebody_with_more_rights(mona, contract):
    boss = make_member(contract, "boss")
    for _ in range(5):
        budgets.consume([Budget("factor", "boss", boss.pk)])
    path = f"/management/users/{boss.pk}/unlock/"

    assert mona.get(path).status_code == 403
    assert mona.post(path).status_code == 403
    assert Attempts.objects.get(user=boss).failures == 5
    assert path not in mona.get(f"/management/users/{boss.pk}/").content.decode()


def test_s10_a_helper_unlocks_somebody_with_the_same_rights(mona, contract):
    equal = make_member(contract, "equal", role=make_role(contract, "users.show"))
    for _ in range(5):
        budgets.consume([Budget("factor", "equal", equal.pk)])
    assert mona.post(f"/management/users/{equal.pk}/unlock/").status_code == 302
    assert not Attempts.objects.filter(user=equal, failures__gt=0).exists()
