"""`twofactor require --from`, and what `twofactor status` warns of beside the list."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import Session, User
from tests.factories import make_member
from tests.people import Person
from tests.twofactor.factors.test_security_keys import registered
from tests.twofactor.keys.token import ORIGIN, Token

pytestmark = pytest.mark.django_db
AT = "2027-03-01T08:00Z"
MOMENT = datetime(2027, 3, 1, 8, tzinfo=UTC)


@pytest.fixture
def lena(contract) -> User:
    return make_member(contract, "lena", two_factor_required=False, email="lena@example.com")


def run(*arguments: str) -> tuple[str, str]:
    """What is printed, and what is warned of."""
    out, err = StringIO(), StringIO()
    call_command("twofactor", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def plan(username: str) -> tuple[bool, datetime | None]:
    return User.objects.values_list("two_factor_required", "two_factor_required_from").get(username=username)


def test_from_a_moment_on_it_is_planned_once(clock, lena):
    said, _ = run("require", "lena", "--from", AT)
    assert said == "Two-factor authentication will be required of lena from 2027-03-01 08:00 UTC.\n"
    assert plan("lena") == (True, MOMENT)
    assert run("require", "lena", "--from", AT)[0] == "Nothing was changed: this is planned for lena already.\n"


@pytest.mark.parametrize("typed", ["soon", "2027-03-01", "2027-03-01T08:00", "2020-01-01T00:00Z"])
def test_a_moment_without_a_zone_or_in_the_past_plans_nothing(lena, typed):
    with pytest.raises(CommandError):
        run("require", "lena", "--from", typed)
    assert plan("lena") == (False, None)


def test_what_is_required_already_is_not_put_off(clock, contract):
    make_member(contract, "lars", two_factor_required=True)
    with pytest.raises(CommandError, match="is required of lars already"):
        run("require", "lars", "--from", AT)
    assert plan("lars") == (True, None)


def test_status_warns_of_another_clock_and_of_keys_of_another_address(lena, settings):
    settings.PUBLIC_URL = ORIGIN
    Person(lena).log_in()
    registered(lena, Token(), rp_id="old.example.com")
    Session.objects.update(last_seen_at=timezone.now() + timedelta(hours=2))
    listed, warned = run("status", "--json")
    assert "ignored: 1 sessions." in warned
    assert "1 security key is of no use" in warned
    assert {each["username"] for each in json.loads(listed)} == {"owner", "lena"}
