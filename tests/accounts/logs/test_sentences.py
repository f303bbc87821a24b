"""What rows say to a person, and what hidden signs become."""

import pytest

from accounts.logs import sentences
from accounts.models import Event, Outcome
from accounts.visible import visible


@pytest.mark.parametrize(
    ("event", "detail", "said"),
    [
        (Event.TWO_FACTOR_REQUIRED, {"old": "yes", "new": "no"}, "2FA required: Yes → No"),
        (
            Event.TWO_FACTOR_REQUIRED,
            {"old": "yes", "new": "no", "cleared": True},
            "2FA required: Yes → No · Second factors cleared: Yes",
        ),
        (Event.USER_ROLE, {"old": "Plain", "new": "Helpers"}, "Role: Plain → Helpers"),
        (Event.USER_ROLE, {"old": "active", "new": "yes"}, "Role: active → yes"),
        (Event.USER_NAME, {"old": "", "new": "a\u202eb"}, "Name: – → a[U+202E]b"),
        (Event.USER_STATE, {"old": "active", "new": "deactivated"}, "Status: Active → Deactivated"),
        (Event.ROLE_CHANGED, {"field": "state", "old": "active", "new": "disabled"}, "State: Active → Disabled"),
        (Event.ROLE_CHANGED, {"field": "description"}, "Changed: Description"),
        (
            Event.ROLE_CHANGED,
            {"field": "permissions", "added": ["logs.show"], "removed": []},
            "Changed: Permissions · Added: View and export the logs",
        ),
        (Event.ROLE_CREATED, {"permissions": list("abcd")}, "Permissions: 4 entries"),
        (Event.ACCESS_REFUSED, {"path": "/management/roles/", "method": "GET"}, "Page: /management/roles/"),
        (Event.ACCESS_REFUSED, {"path": "/a/", "method": "POST"}, "Page: POST /a/"),
        (Event.SIGN_IN_PASSWORD, {"username": "unknown"}, "Username: unknown"),
        (Event.SIGN_IN, {"with": "code"}, "With: code"),
        ("of_another_version", {"some_thing": {"a": 1}, "nothing": None}, "Some thing: {'a': 1} · Nothing: "),
        (
            Event.TWO_FACTOR_PLANNED,
            {"old": "no", "new": "2027-03-01T08:00:00Z"},
            "2FA required from: No → 1 Mar 2027, 08:00 UTC",
        ),
        (
            Event.USER_CREATED,
            {"two_factor_required_from": "2027-03-01T08:00:00Z"},
            "2FA required from: 1 Mar 2027, 08:00 UTC",
        ),
        (
            Event.TWO_FACTOR_PLANNED,
            {"old": "2027-13-01T08:00:00Z", "new": "no"},
            "2FA required from: 2027-13-01T08:00:00Z → No",
        ),
        (
            Event.LOGS_TRIMMED,
            {"count": 5, "before": "2027-03-01T08:00:00+00:00"},
            "Older than: 1 Mar 2027, 08:00 UTC · Count: 5",
        ),
        (
            Event.APPLICATION_CHANGED,
            {"field": "access", "old": "everybody", "new": ["everybody", "users.show"]},
            "Who may open it: Everybody in this contract → everybody, users.show",
        ),
        (
            Event.APPLICATION_CHANGED,
            {"field": "access", "old": "Administrator, Plain", "new": []},  # the names in a row of before
            "Who may open it: Administrator, Plain → –",
        ),
        (
            Event.APPLICATION_CHANGED,
            {"field": "needs", "old": "login, 1 min", "new": "two_factor, 5 min"},
            "Needs: Login, confirmed within 1 minute → Two-factor authentication, confirmed within 5 minutes",
        ),
        (
            Event.APPLICATION_CHANGED,
            {"field": "needs", "old": "of_another_version, 5 min", "new": "a, b"},
            "Needs: of_another_version, confirmed within 5 minutes → a, b",
        ),
        (Event.USER_PASSWORD, {}, ""),
    ],
)
def test_a_detail_reads_as_a_sentence(event, detail, said):
    assert sentences.summary(sentences.facts(event, detail)) == said


@pytest.mark.parametrize(
    ("event", "outcome", "said"),
    [
        (Event.SIGN_IN_CODE, Outcome.FAILED, "Wrong code"),
        (Event.SIGN_IN_PASSWORD, Outcome.FAILED, "Wrong password"),
        (Event.ROLE_CREATED, Outcome.OK, "Created a role"),
        ("of_another_version", Outcome.OK, "of_another_version"),
    ],
)
def test_an_action_says_what_came_of_it(event, outcome, said):
    assert sentences.action(event, outcome) == said


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ä € 😀", "plain ä € 😀"),
        ("x\r\nLOGIN ok admin", "x[U+000D][U+000A]LOGIN ok admin"),
        ("\x1b[31m", "[U+001B][31m"),
        ("a\u202eb\u2066c\u200f", "a[U+202E]b[U+2066]c[U+200F]"),
        ("a\u2028b\u2029c\u200bd", "a[U+2028]b[U+2029]c[U+200B]d"),
        ("no\u00a0break", "no\u00a0break"),
    ],
)
def test_hidden_signs_are_shown_as_their_numbers(text, shown):
    assert visible(text) == shown
