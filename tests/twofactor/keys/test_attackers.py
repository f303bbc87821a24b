"""What somebody with the mailbox, with the password or with a stolen session reaches where there are keys."""

import pytest

from accounts.models import AuditRow, Session, User
from accounts.reset import links
from tests.factories import PASSWORD, make_member
from tests.meanwhile import meanwhile
from tests.people import Person, words
from tests.twofactor.keys.browser import AUTHENTICATE, REGISTER, Browser
from tests.twofactor.keys.token import FLAG, Token
from twofactor.keys.models import Challenge, SecurityKey

pytestmark = pytest.mark.django_db
NEW = "seven brave otters juggle"
REFUSED = "The security key could not be checked. Try again."


@pytest.fixture
def kim(member):
    """Has a key that verifies its person, and no app."""
    browser = Browser(make_member(member.contract, "kim", email="kim@example.com"))
    browser.token = Token()
    browser.start_login()
    assert browser.register(browser.token).json() == {"next": "/two-factor/activated/"}
    browser.post("/two-factor/activated/")
    return browser


def with_the_mailbox(kim):
    """A new password by the mailed link, and with it the login up to the key."""
    thief = Browser("kim", password=NEW)
    link = links.reset_link(User.objects.get(username="kim")).split("8000", 1)[1]
    thief.post(link, {"new_password1": NEW, "new_password2": NEW})
    thief.start_login()
    return thief


def with_the_password(kim):
    thief = kim.fresh()
    thief.start_login()
    return thief


def with_the_session(kim):
    """The cookie of a session whose proof is older than five minutes."""
    session = kim.client.session
    session["confirmed_at"] = 0
    session.save()
    thief = Browser("kim")
    thief.client.cookies["sessionid"] = kim.client.cookies["sessionid"].value
    return thief


THIEVES = [with_the_mailbox, with_the_password, with_the_session]
ASKED = {with_the_mailbox: "/login/code/", with_the_password: "/login/code/", with_the_session: "/confirm/"}


@pytest.mark.parametrize("thief", THIEVES)
def test_none_of_them_adds_renames_removes_or_registers(kim, thief):
    key, here = SecurityKey.objects.get(), thief(kim)
    posts = [f"{REGISTER}options/", f"{REGISTER}verify/", f"/profile/security/keys/{key.pk}/delete/"]
    posts += ["/profile/security/app/delete/", "/two-factor/disable/", "/profile/security/keys/"]
    for address in posts:
        answer = here.send(address)
        assert answer.status_code in (302, 403, 405), address
        if answer.status_code == 302:
            assert answer.url.startswith(ASKED[thief]), address
    assert here.get("/profile/security/keys/").url.startswith(ASKED[thief])
    assert SecurityKey.objects.get().name == "Blue key"


@pytest.mark.parametrize("thief", THIEVES)
def test_a_key_of_their_own_proves_nothing(kim, thief):
    here, own = thief(kim), Token(handle=kim.token.handle)
    answer = here.use(own)
    assert (answer.status_code, answer.json()) == (400, {"error": REFUSED})
    assert not SecurityKey.objects.filter(last_used_at__isnull=False).exists()


@pytest.mark.parametrize("thief", [with_the_mailbox, with_the_password])
def test_the_key_of_another_account_proves_nothing_here(kim, lena, token, thief):
    here = thief(kim)
    assert here.use(token).json() == {"error": REFUSED}
    assert here.use(token, handle=kim.token.handle).json() == {"error": REFUSED}
    assert not here.is_in()


def test_who_begins_anew_with_their_own_passkey_is_in_as_themselves_alone(kim, lena, token):
    """A login of somebody else that waits in this browser gives nothing to it."""
    here = with_the_password(kim)
    assert here.use(token, {"purpose": "login"}, purpose="login").json() == {"next": "/"}
    assert Session.objects.filter(signed_in=True).latest("created_at").user.username == "lena"


def test_a_stolen_session_with_the_password_alone_confirms_nothing(kim):
    here = with_the_session(kim)
    assert here.post("/confirm/", {"password": PASSWORD}).status_code == 200
    assert here.get("/profile/security/keys/").url.startswith("/confirm/")


def test_the_person_reads_of_a_new_password(kim):
    with_the_mailbox(kim)
    assert AuditRow.objects.filter(event="user_password", target_label="kim").count() == 1


def test_a_key_that_verifies_nobody_opens_no_login_without_the_password(lena, token):
    assert lena.fresh().use(token, flags=FLAG.UP).status_code == 400
    behind = lena.fresh()
    behind.start_login()
    assert behind.use(token, flags=FLAG.UP).json() == {"next": "/"}


STATES = {
    "deactivated": {"is_active": False},
    "without two-factor authentication by the column": {"two_factor_active_since": None},
}


@pytest.mark.parametrize("changed", STATES.values(), ids=STATES)
def test_keys_of_an_account_that_may_not_use_them_open_nothing_and_are_never_forgotten(lena, token, member, changed):
    User.objects.filter(pk=member.pk).update(**changed)
    answer = lena.fresh().use(token)
    assert (answer.status_code, "signal" in answer.json()) == (400, False)


def test_a_browser_forgets_only_what_no_account_has_under_this_host(lena, token):
    unknown = Token(handle=token.handle)
    signal = lena.fresh().use(unknown).json()["signal"]
    assert signal == {"rpId": "localhost", "credentialId": signal["credentialId"]}
    assert "signal" not in lena.fresh().use(token, signature=b"spoilt").json()
    SecurityKey.objects.update(rp_id="old.example")
    assert "signal" in lena.fresh().use(token).json()


@pytest.mark.parametrize("handle", [b"somebody-of-another-panel", b"\xff\0", b""], ids=str)
def test_a_browser_keeps_a_key_that_names_no_account_here(lena, handle):
    """A browser offers the keys of all services on this host, whatever their port."""
    answer = lena.fresh().use(Token(handle=handle))
    assert (answer.status_code, "signal" in answer.json()) == (400, False)


def test_a_browser_keeps_the_key_of_a_deleted_account(lena, token, member):
    browser = lena.fresh()
    member.delete()
    answer = browser.use(token)
    assert (answer.status_code, "signal" in answer.json()) == (400, False)


def test_the_session_of_a_deactivated_account_uses_its_key_no_more(lena, token, member):
    options = lena.options(AUTHENTICATE)
    owner = Person(member.contract.owner)
    owner.log_in()
    owner.post(f"/management/users/{member.pk}/state/", {"state": "deactivated"})
    assert lena.send(f"{AUTHENTICATE}verify/", {"credential": token.use(options)}).status_code == 400
    assert not lena.is_in()


def test_the_last_key_goes_where_nobody_needs_it_and_two_factor_authentication_with_it(kim):
    User.objects.filter(username="kim").update(two_factor_required=False)
    key = SecurityKey.objects.get()
    page = kim.get(f"/profile/security/keys/{key.pk}/delete/").content.decode()
    assert "This is your last key: two-factor authentication is disabled with it." in page
    assert kim.post(f"/profile/security/keys/{key.pk}/delete/").status_code == 302
    user = User.objects.get(username="kim")
    assert (user.two_factor_active, user.key_count, kim.is_in()) == (False, 0, True)


def test_the_last_key_stays_where_the_owner_requires_two_factor_authentication_at_this_moment(kim):
    User.objects.filter(username="kim").update(two_factor_required=False)
    path = f"/profile/security/keys/{SecurityKey.objects.get().pk}/delete/"
    with meanwhile(lambda: User.objects.update(two_factor_required=True), before="SAVEPOINT"):
        assert "Add another key or an app first." in words(kim.post(path))
    assert User.objects.get(username="kim").key_count == 1


def test_options_are_made_by_post_alone_and_each_is_one_row(lena):
    for address in (REGISTER, AUTHENTICATE):
        assert lena.get(f"{address}options/").status_code == 405
    assert not Challenge.objects.exists()
    lena.options(AUTHENTICATE)
    lena.options(REGISTER)
    assert Challenge.objects.count() == 2


def test_the_eleventh_key_is_refused_also_where_some_are_of_another_host(lena):
    for _ in range(9):
        assert lena.register(Token()).status_code == 200
    SecurityKey.objects.filter(name="Blue key").update(rp_id="old.example")
    too_many = {"error": "An account has at most 10 keys. Remove one first."}
    assert lena.send(f"{REGISTER}options/").json() == too_many


def test_a_registration_of_another_session_or_an_old_one_is_late(lena, member):
    other = Browser(make_member(member.contract, "lars")).enrol()
    credential = Token().register(lena.options(REGISTER))
    late = {"error": "This request has expired. Try again."}
    assert other.send(f"{REGISTER}verify/", {"credential": credential}).json() == late
    Challenge.objects.update(expires_at=Challenge.objects.get().expires_at.replace(year=2020))
    assert lena.send(f"{REGISTER}verify/", {"credential": credential}).json() == late
    assert SecurityKey.objects.count() == 1
