"""All sessions of an account are ended while logins are at their last step."""

from datetime import timedelta

from django.utils import timezone

from accounts.models import Session
from accounts.origin import SERVER
from accounts.sessions import services as sessions
from tests.factories import make_member, make_owner
from tests.people import Person
from tests.races.conftest import THREADS


def test_no_login_that_was_under_way_outlives_the_end_of_all_sessions(at_once):
    planned = timezone.now() + timedelta(days=3)
    user = make_member(make_owner().contracts.get(), two_factor_required_from=planned)
    browsers = [Person(user) for _ in range(THREADS - 1)]
    for browser in browsers:
        assert browser.start_login().url == "/two-factor/later/"

    def work(browser: Person | None) -> object:
        return browser.post("/two-factor/later/") if browser else sessions.end_by(None, user, origin=SERVER)

    at_once(work, [*browsers, None])
    assert not Session.objects.filter(user=user).exists()
    assert not any(browser.is_in() for browser in browsers)
