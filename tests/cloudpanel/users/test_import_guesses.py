"""Who may not see users learns nothing about them by importing what they guess."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.moments import written
from tests.cloudpanel.users.test_import import outcomes, upload, why
from tests.factories import make_member, make_role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("commits")]
PLANNED = timezone.now().replace(microsecond=0) + timedelta(days=14)
GUESSES = {
    "name": ("Lena", "Nobody"),
    "email": ("lena@example.com", "nobody@example.com"),
    "description": ("First line", ""),
    "role": ("Plain", "Other"),
    "two_factor_required": ("yes", "no"),
    "state": ("active", "deactivated"),
    "two_factor_required_from": (written(PLANNED), ""),
}


@pytest.fixture
def lena(contract) -> User:
    make_role(contract, name="Other")
    return make_member(
        contract,
        "lena",
        role=make_role(contract, name="Plain"),
        email="lena@example.com",
        description="First line",
        two_factor_required_from=PLANNED,
    )


@pytest.mark.parametrize("column", GUESSES)
@pytest.mark.parametrize("away", [False, True])
def test_a_right_guess_is_answered_like_a_wrong_one(column, away, lena, somebody):
    User.objects.filter(pk=lena.pk).update(is_active=not away)
    sam = somebody("users.create")
    answers = []
    for guess in GUESSES[column]:
        page = upload(sam, f"username,{column}\r\nlena,{guess}\r\n")
        answers.append((outcomes(page), why(page)))
    assert answers[0] == answers[1]
    assert answers[0][0] == [("lena", "refused")]


@pytest.mark.parametrize("guess", ["lena@example.com", "nobody@example.com"])
def test_the_email_of_somebody_with_more_rights_is_not_told_either(guess, lena, contract, somebody):
    make_member(contract, "boss", email="lena@example.com")
    page = upload(somebody("users.create", "users.set_email"), f"username,email\r\nboss,{guess}\r\n")
    assert why(page) == "email: This user has permissions that you don't have."


def test_who_sees_users_may_import_what_has_not_changed(lena, somebody):
    sam = somebody("users.create", "users.show")
    page = upload(sam, "username,name,email,state\r\nlena,Lena,lena@example.com,active\r\n")
    assert outcomes(page) == [("lena", "unchanged")]


def test_what_one_may_change_is_compared(lena, somebody):
    sam = somebody("users.create", "users.set_name")
    assert outcomes(upload(sam, "username,name\r\nlena,Lena\r\n")) == [("lena", "unchanged")]
    assert outcomes(upload(sam, "username,name\r\nlena,Lea\r\n")) == [("lena", "changed")]
