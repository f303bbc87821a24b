"""Each refusal of a code or a refresh token by its own reason: one that no longer refuses hides behind no other."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from django.http import QueryDict
from django.utils import timezone

from accounts.models import AuditRow, Event, Session, User
from accounts.origin import SERVER
from cloudpanel.applications.models import Application, Who
from cloudpanel.applications.openid import grants, tokens
from cloudpanel.applications.openid.digests import digest
from cloudpanel.applications.openid.errors import ProtocolError
from cloudpanel.applications.openid.models import Grant, Login, Token
from cloudpanel.applications.openid.parameters import read
from tests.applications.openid.conftest import BACK, VERIFIER, Console, make_client
from tests.meanwhile import meanwhile
from tests.people import Person

pytestmark = pytest.mark.django_db
OFFLINE = {"scope": "openid profile email offline_access"}
NOT_ANY_MORE = "The person may not open the application any more"
REUSED = "It was used before; what it gave is revoked"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
WRONG_VERIFIER, NO_FIT = "The code_verifier is wrong", "The code_verifier does not fit the request"


def refused(act, *args, **more) -> str:
    with pytest.raises(ProtocolError) as caught:
        act(*args, **more)
    assert caught.value.status == 400
    return f"{caught.value.error}: {caught.value.description}"


def reason(act, *args, **more) -> str:
    error, _, description = refused(act, *args, **more).partition(": ")
    assert error == "invalid_grant"
    return description


def redeem(console, code, *, redirect_uri=BACK, verifier=VERIFIER):
    return grants.redeem(console.client, code, redirect_uri=redirect_uri, verifier=verifier)


@pytest.fixture
def other(contract) -> Console:
    return Console(make_client(contract, "Wiki", "https://wiki.example.com"))


def deactivate(person: Person) -> None:
    User.objects.filter(pk=person.user.pk).update(is_active=False)


# A code


@pytest.mark.parametrize("rows", [lambda: User.objects.filter(username="lena"), Application.objects.all])
def test_what_is_deleted_at_this_moment_gets_no_code(console, lena, rows):
    parameters = read(QueryDict(urlsplit(console.request()).query), pkce_required=True)
    proof = grants.Proof(lena.user, "sid", "pwd", verified=False, at=timezone.now())
    rows().delete()
    said = refused(grants.issue_code, console.client, proof, parameters, redirect_uri=BACK, origin=SERVER)
    assert said == "access_denied: The account or the application was deleted"
    assert not Grant.objects.exists()


def test_an_unknown_code_or_that_of_another_application_is_not_known(console, other, lena):
    assert reason(redeem, console, "unknown") == "The code is not known"
    assert reason(redeem, other, console.code(lena)) == "The code is not known"


def test_a_code_that_was_used_takes_back_what_it_gave(console, lena):
    code = console.code(lena)
    given = redeem(console, code)
    assert reason(redeem, console, code) == REUSED
    assert Grant.objects.get().revoked_at
    assert tokens.usable(given.access_token) is None
    assert AuditRow.objects.filter(event=Event.APPLICATION_CODE_REUSED).count() == 1


def test_a_code_that_was_revoked_before_its_use_is_not_called_used(console, lena):
    code = console.code(lena)
    tokens.revoke_grants(Grant.objects.all())
    assert reason(redeem, console, code) == "The code was revoked"
    assert not AuditRow.objects.filter(event=Event.APPLICATION_CODE_REUSED).exists()


def test_a_code_that_is_too_old_has_expired(clock, console, lena):
    code = console.code(lena)
    clock.shift(grants.CODE_LIFE)
    assert reason(redeem, console, code) == "The code has expired"


def test_the_address_is_that_of_the_code_and_still_registered(console, lena):
    code = console.code(lena)
    assert reason(redeem, console, code, redirect_uri=f"{BACK}/") == "The redirect_uri is not that of the code"
    console.client.redirect_uris = "https://grafana.example.com/other"
    console.client.save()
    assert reason(redeem, console, code) == "The redirect_uri is not registered any more"


@pytest.mark.parametrize(
    ("verifier", "why"),
    [
        ("", NO_FIT),
        ("w" * 43, WRONG_VERIFIER),
        ("v" * 42, WRONG_VERIFIER),
        (VERIFIER + "é", WRONG_VERIFIER),
    ],
)
def test_the_verifier_is_the_one_of_the_challenge(console, lena, verifier, why):
    assert reason(redeem, console, console.code(lena), verifier=verifier) == why


def test_a_verifier_that_is_too_short_is_wrong_even_where_it_fits(console, lena):
    code = console.code(lena, code_challenge=digest("short"))
    assert reason(redeem, console, code, verifier="short") == WRONG_VERIFIER


def test_a_verifier_without_a_challenge_does_not_fit(console, lena):
    console.client.pkce_required = False
    console.client.save()
    code = console.code(lena, code_challenge=None, code_challenge_method=None)
    assert reason(redeem, console, code) == NO_FIT
    assert redeem(console, code, verifier="").access_token


def test_a_code_without_a_challenge_is_worth_nothing_once_pkce_is_required(console, lena):
    console.client.pkce_required = False
    console.client.save()
    code = console.code(lena, code_challenge=None, code_challenge_method=None)
    console.client.pkce_required = True
    console.client.save()
    why = "The code was asked for without PKCE, which is required by now"
    assert reason(redeem, console, code, verifier="") == why


def test_a_code_needs_the_session_and_the_right(console, lena):
    code = console.code(lena)
    lena.post("/logout/")
    assert reason(redeem, console, code) == NOT_ANY_MORE
    lena.log_in()
    code = console.code(lena)
    Application.objects.update(is_active=False)
    assert reason(redeem, console, code) == NOT_ANY_MORE


def test_a_code_remembers_the_browser_that_asked(console, lena):
    console.code(lena)
    Grant.objects.all().delete()
    lena.client.defaults["HTTP_USER_AGENT"] = "Browser 7"
    console.code(lena)
    assert Grant.objects.get().user_agent == "Browser 7"


def test_a_login_is_noted_once_for_each_application(console, other, lena):
    for each in (console, other, console):
        redeem(each, each.code(lena))
    rows = AuditRow.objects.filter(event=Event.APPLICATION_LOGIN).order_by("pk")
    assert [row.target_label for row in rows] == ["Grafana", "Wiki"]
    assert Login.objects.count() == 2


def test_of_a_login_at_two_applications_only_the_one_that_asks_has_refresh_tokens(console, other, lena):
    for each in (console, other):
        redeem(each, each.code(lena))
    redeem(other, other.code(lena, **OFFLINE))
    sid = Login.objects.values_list("sid", flat=True).distinct().get()
    assert [tokens.left(each.client.pk, sid).exists() for each in (console, other)] == [False, True]


def test_one_code_uses_up_no_other(console, lena):
    first, second = console.code(lena), console.code(lena)
    assert redeem(console, first).access_token
    assert redeem(console, second).access_token


def test_of_two_sessions_only_the_one_that_asks_has_refresh_tokens(console, lena):
    again = lena.another_browser()
    again.log_in()
    for person in (lena, again):
        redeem(console, console.code(person))
    redeem(console, console.code(again, **OFFLINE))
    sids = Login.objects.order_by("pk").values_list("sid", flat=True)
    assert [tokens.left(console.client.pk, sid).exists() for sid in sids] == [False, True]


@pytest.mark.parametrize(("field", "sentence"), [("used_at", REUSED), ("revoked_at", "The code was revoked")])
def test_a_code_that_somebody_uses_or_takes_back_meanwhile_gives_nothing(console, lena, field, sentence):
    code = console.code(lena)
    with meanwhile(lambda: Grant.objects.update(**{field: timezone.now()}), before=f'UPDATE "{Grant._meta.db_table}"'):
        assert reason(redeem, console, code) == sentence
    assert not Token.objects.exists()
    assert Grant.objects.get().revoked_at


def test_a_login_that_is_noted_meanwhile_is_one(console, lena):
    code, twice = console.code(lena), {}

    def note() -> None:
        grant = Grant.objects.get()
        twice["login"] = Login.objects.create(client=grant.client, user=lena.user, sid=grant.sid, stamp=grant.stamp)

    with meanwhile(note, before=f'INTO "{Login._meta.db_table}"'):
        assert redeem(console, code).access_token
    assert Login.objects.get() == twice["login"]


def test_the_login_of_an_owner_stands_in_the_log_of_the_contract(console, olivia):
    redeem(console, console.code(olivia))
    row = AuditRow.objects.get(event=Event.APPLICATION_LOGIN)
    assert row.contract_id == console.client.application.contract_id


# A refresh token


def refresh(console, token, scope=""):
    return tokens.refresh(console.client, token, scope=scope)


@pytest.fixture
def given(console, lena):
    return redeem(console, console.code(lena, **OFFLINE))


def test_a_refresh_token_is_known_to_its_application_alone(console, other, given):
    for client, token in ((console, "unknown"), (console, given.access_token), (other, given.refresh_token)):
        assert reason(refresh, client, token) == "The refresh token is not known"


EXPIRED = "The refresh token has expired or was revoked"


def test_a_refresh_token_ends_with_its_time_its_own_end_and_that_of_its_family(clock, console, given):
    Token.objects.update(revoked_at=LONG_AGO)
    assert reason(refresh, console, given.refresh_token) == EXPIRED
    Token.objects.update(revoked_at=None)
    tokens.revoke_grants(Grant.objects.all())
    assert reason(refresh, console, given.refresh_token) == EXPIRED
    Grant.objects.update(revoked_at=None)
    clock.shift(tokens.REFRESH_LIFE)
    assert reason(refresh, console, given.refresh_token) == EXPIRED


def test_a_refresh_token_needs_the_account_as_it_was_and_the_right(console, lena, given):
    User.objects.filter(pk=lena.user.pk).update(stamp=lena.user.stamp + 1)
    assert reason(refresh, console, given.refresh_token) == NOT_ANY_MORE
    User.objects.filter(pk=lena.user.pk).update(stamp=lena.user.stamp)
    deactivate(lena)
    assert reason(refresh, console, given.refresh_token) == NOT_ANY_MORE


def test_a_refresh_token_that_was_replaced_takes_its_family_with_it(clock, console, given):
    Grant.objects.update(user_agent="Browser 7")
    again = refresh(console, given.refresh_token)
    clock.shift(tokens.SIBLING_WITHIN + timedelta(seconds=1))
    assert reason(refresh, console, given.refresh_token) == REUSED
    assert tokens.refresh_token(again.refresh_token) is None
    row = AuditRow.objects.get(event=Event.APPLICATION_CODE_REUSED)
    assert (row.outcome, row.actor_label, row.target_label) == ("refused", "", "lena")
    assert row.user_agent == "Browser 7"
    assert (row.ip, row.contract_id) == ("127.0.0.1", console.client.application.contract_id)


def test_the_reuse_of_what_an_owner_was_given_stands_in_the_log_of_the_contract_with_the_application(console, olivia):
    code = console.code(olivia)
    redeem(console, code)
    assert reason(redeem, console, code) == REUSED
    row = AuditRow.objects.get(event=Event.APPLICATION_CODE_REUSED)
    assert (row.contract_id, row.detail) == (console.client.application.contract_id, {"application": "Grafana"})


def test_a_refresh_token_that_is_deleted_at_this_moment_gives_nothing(console, given):
    replacing = f'UPDATE "{Token._meta.db_table}"'
    with meanwhile(lambda: Token.objects.filter(refresh=True).delete(), before=replacing):
        assert reason(refresh, console, given.refresh_token) == "The refresh token was deleted at this moment"
    assert not Token.objects.filter(refresh=True).exists()


def test_less_may_be_asked_for_and_never_more(console, given):
    more = refused(refresh, console, given.refresh_token, scope="openid groups")
    assert more == "invalid_scope: More was asked for than was granted"
    less = refresh(console, given.refresh_token, scope="profile openid")
    assert less.scope == "openid profile"
    assert refresh(console, less.refresh_token).scope == OFFLINE["scope"], "what was granted stays"


def test_a_sibling_gets_an_access_token_alone(console, given):
    refresh(console, given.refresh_token)
    sibling = refresh(console, given.refresh_token, scope="openid")
    assert (sibling.refresh_token, sibling.scope) == ("", "openid")
    assert tokens.usable(sibling.access_token)


def test_what_a_sibling_gets_lives_as_long_as_that_of_the_first(console, lena, given):
    refresh(console, given.refresh_token)
    in_session = refresh(console, given.refresh_token)
    lena.post("/logout/")
    assert tokens.usable(in_session.access_token) is None
    lena.log_in()
    second = redeem(console, console.code(lena, **OFFLINE))
    lena.post("/logout/")
    refresh(console, second.refresh_token)
    assert tokens.usable(refresh(console, second.refresh_token).access_token)


def test_all_that_was_granted_may_be_asked_for(console, given):
    assert refresh(console, given.refresh_token, scope=OFFLINE["scope"]).scope == OFFLINE["scope"]


# What a token is worth


def test_a_token_is_taken_as_what_it_is(given):
    assert tokens.usable(given.access_token).scope == OFFLINE["scope"]
    assert tokens.usable(given.refresh_token) is None
    assert tokens.refresh_token(given.refresh_token).scope == OFFLINE["scope"]
    assert tokens.refresh_token(given.access_token) is None
    assert tokens.usable("unknown") is tokens.refresh_token("unknown") is None


@pytest.mark.parametrize("lost", ["used", "revoked", "family", "stamp", "right"])
def test_a_refresh_token_that_could_not_be_used_is_none(clock, console, lena, given, lost):
    if lost == "used":
        refresh(console, given.refresh_token)
    elif lost == "family":
        tokens.revoke_grants(Grant.objects.all())
    elif lost == "stamp":
        User.objects.filter(pk=lena.user.pk).update(stamp=lena.user.stamp + 1)
    elif lost == "right":
        deactivate(lena)
    else:
        Token.objects.filter(refresh=True).update(revoked_at=LONG_AGO)
    assert tokens.refresh_token(given.refresh_token) is None


@pytest.mark.parametrize("lost", ["revoked", "family", "session", "right", "switch"])
def test_an_access_token_ends_with_whatever_it_came_from(console, lena, given, lost):
    if lost == "revoked":
        Token.objects.update(revoked_at=LONG_AGO)
    elif lost == "family":
        tokens.revoke_grants(Grant.objects.all())
    elif lost == "session":
        lena.post("/logout/")
    elif lost == "right":
        deactivate(lena)
    else:
        Application.objects.update(openid=False)
    assert tokens.usable(given.access_token) is None


def test_whose_role_is_listed_is_asked_at_each_use(console, lena, given):
    application = console.client.application
    Application.objects.update(who=Who.ROLES)
    assert tokens.usable(given.access_token) is None
    application.roles.add(lena.user.role)
    assert tokens.usable(given.access_token)
    assert tokens.refresh_token(given.refresh_token)
    assert redeem(console, console.code(lena))
    application.roles.clear()
    assert tokens.refresh_token(given.refresh_token) is None


def test_how_the_person_was_proved_is_asked_at_each_use(console, lena, given):
    User.objects.filter(pk=lena.user.pk).update(two_factor_active_since=timezone.now())
    assert tokens.usable(given.access_token) is None
    Grant.objects.update(verified=True)
    assert tokens.usable(given.access_token)
    Application.objects.update(needs="passkey")
    assert tokens.usable(given.access_token) is None
    Grant.objects.update(methods="pwd hwk")
    assert tokens.usable(given.access_token)
    assert tokens.refresh_token(given.refresh_token)
    Grant.objects.update(methods="pwd")
    assert tokens.refresh_token(given.refresh_token) is None


def test_offline_an_access_token_outlives_the_session_and_not_the_stamp(console, lena, given):
    lena.post("/logout/")
    offline = refresh(console, given.refresh_token)
    assert tokens.usable(offline.access_token)
    assert tokens.usable(refresh(console, offline.refresh_token).access_token)
    User.objects.filter(pk=lena.user.pk).update(stamp=lena.user.stamp + 1)
    assert tokens.usable(offline.access_token) is None


def test_work_in_an_application_keeps_the_session(clock, console, lena, given):
    for use in (lambda: tokens.usable(given.access_token), lambda: refresh(console, given.refresh_token)):
        clock.shift(timedelta(minutes=2))
        use()
        assert Session.objects.get(user=lena.user).last_seen_at == timezone.now()


# Revocation


def test_a_token_is_revoked_by_its_own_application_alone(console, other, given):
    tokens.revoke(other.client, given.refresh_token)
    assert tokens.refresh_token(given.refresh_token)
    tokens.revoke(console.client, "unknown")
    tokens.revoke(console.client, given.refresh_token)
    assert tokens.refresh_token(given.refresh_token) is None
    assert tokens.usable(given.access_token) is None


def test_only_the_family_of_a_revoked_refresh_token_ends(console, lena, given):
    second = redeem(console, console.code(lena, **OFFLINE))
    tokens.revoke(console.client, given.refresh_token)
    assert tokens.refresh_token(second.refresh_token)


def test_of_two_access_tokens_only_the_revoked_one_ends(console, given):
    second = refresh(console, given.refresh_token)
    tokens.revoke(console.client, given.access_token)
    assert tokens.usable(given.access_token) is None
    assert tokens.usable(second.access_token)


def test_a_use_reads_what_it_needs_at_once(console, given, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert tokens.refresh_token(given.refresh_token)
    with django_assert_num_queries(2):  # and the session
        assert tokens.usable(given.access_token)
    with django_assert_num_queries(7):  # and a savepoint, a lock, the replacement and both new tokens
        refresh(console, given.refresh_token)
