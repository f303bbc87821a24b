"""The pencils: one address, one change, one log row, and none where nothing changes."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from time_machine import travel

from accounts.models import Attempts, AuditRow, Session, User
from tests.accounts.users.conftest import page
from tests.factories import PASSWORD, make_member, make_role
from tests.people import Person, words

NEW_PASSWORD = "another-horse-battery-staple"
PAIR = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}


def fresh(user: User) -> User:
    return User.objects.select_related("role").get(pk=user.pk)


def follow(person: Person, response) -> str:
    assert response.status_code == 302, words(response)
    return words(person.get(response.url))


def more(person: Person, user: User) -> str:
    """More Information alone, without the list beside it."""
    return words(person.client.get(page(user), headers={"HX-Request": "true", "HX-Target": "section#more"}))


def lock_out(user: User, seconds: int = 60) -> None:
    now = timezone.now()
    Attempts.objects.create(
        key=f"k{seconds}",
        kind="factor",
        user=user,
        failures=6,
        blocked_until=now + timedelta(seconds=seconds),
        updated_at=now,
    )


def test_more_information_shows_everything_with_a_pencil_where_it_may_change(olivia, lena):
    response = olivia.get(page(lena))
    text = words(response)
    assert "More Information" in text
    labels = re.findall(r"<dt>([^<]+)</dt>", response.content.decode())
    assert labels == [
        "Name",
        "Username",
        "Email",
        "Description",
        "Language",
        "Role",
        "Status",
        "Password",
        "Applications",
        "2FA required:",
        "2FA activated",
        "Last login",
        "Created",
    ]
    pencils = re.findall(r'class="pencil" href="([^"]+)"', response.content.decode())
    assert pencils == [
        page(lena, name)
        for name in ("name", "email", "description", "role", "state", "password", "two-factor-required")
    ]
    assert "Only the account owner can change this." not in text
    for button in ("Reset 2FA", "Delete"):
        assert button in text


def test_a_sub_user_reads_that_only_the_owner_changes_2fa(adam, lena):
    response = adam.get(page(lena))
    assert "2FA required: Yes Only the account owner can change this." in words(response)
    assert "two-factor-required" not in response.content.decode()
    assert "Reset 2FA" not in words(response)


def test_who_only_sees_gets_no_pencil_and_no_button(somebody, lena):
    text = somebody("users.show").get(page(lena)).content.decode()
    assert "Lena" in text
    assert 'class="pencil"' not in text
    assert not re.search(rf"/management/users/{lena.pk}/\w", text)


def test_reset_is_offered_while_there_is_something_to_reset(olivia, contract):
    off = make_member(contract, "off", two_factor_required=False)
    active = make_member(contract, "active", two_factor_required=False, two_factor_active_since=timezone.now())
    assert "Reset 2FA" not in more(olivia, off)
    assert "Reset 2FA" in more(olivia, active)
    assert "2FA activated since" in more(olivia, active)


def test_the_page_says_what_is_known_of_the_password(olivia, contract):
    said = {
        "Set by the user": {},
        "Set by somebody else": {"password_set_by_other": True},
        "Set by somebody else Must be changed at the next login.": {
            "password_set_by_other": True,
            "must_change_password": True,
        },
        "Blocked because it may be compromised. It must be reset.": {"password_revoked_at": timezone.now()},
    }
    for number, (text, fields) in enumerate(said.items()):
        user = make_member(contract, f"user{number}", **fields)
        assert f"Password {text}" in words(olivia.get(page(user)))


def test_a_new_name(olivia, lena, rows):
    form = olivia.get(page(lena, "name"))
    assert "Change the name of lena" in words(form)
    assert 'value="Lena"' in form.content.decode()
    assert "Save changes" in words(form)
    text = follow(olivia, olivia.post(page(lena, "name"), {"name": "Lena Lang"}))
    assert "The name of lena was changed." in text
    assert fresh(lena).name == "Lena Lang"
    assert rows()[-1] == ("user_name", "ok", "owner", "lena")
    assert AuditRow.objects.last().detail == {"old": "Lena", "new": "Lena Lang"}


def test_a_new_description_whose_text_stays_out_of_the_log(olivia, lena, rows):
    follow(olivia, olivia.post(page(lena, "description"), {"description": "first line\r\nsecond"}))
    assert fresh(lena).description == "first line\nsecond"
    assert rows()[-1] == ("user_description", "ok", "owner", "lena")
    assert "first" not in str(AuditRow.objects.last().detail)
    follow(olivia, olivia.post(page(lena, "description"), {"description": ""}))
    assert fresh(lena).description == ""


def test_a_new_role_holds_at_once(olivia, contract, lena, rows):
    role = make_role(contract, "users.show", name="Viewers")
    assert f'<option value="{lena.role_id}" selected>' in olivia.get(page(lena, "role")).content.decode()
    text = follow(olivia, olivia.post(page(lena, "role"), {"role": role.pk}))
    assert "The role of lena was changed." in text
    assert fresh(lena).role == role
    assert rows()[-1] == ("user_role", "ok", "owner", "lena")
    assert AuditRow.objects.last().detail == {"old": "Administrator", "new": "Viewers"}


def test_a_new_password_ends_all_sessions_and_asks_for_another_where_wanted(olivia, contract, rows):
    nina = make_member(contract, "nina", two_factor_required=False, password_revoked_at=timezone.now())
    User.objects.filter(pk=nina.pk).update(password_revoked_at=None)
    browser = Person(nina)
    browser.log_in()
    User.objects.filter(pk=nina.pk).update(password_revoked_at=timezone.now())
    text = follow(olivia, olivia.post(page(nina, "password"), PAIR | {"must_change_password": "on"}))
    assert "The password of nina was changed and all sessions have ended." in text
    after = fresh(nina)
    assert (after.password_set_by_other, after.must_change_password) == (True, True)
    assert after.password_revoked_at is None
    assert after.stamp == nina.stamp + 1
    assert rows()[-1] == ("user_password", "ok", "owner", "nina")
    assert not Session.objects.filter(user=nina).exists()
    assert not browser.is_in()
    assert browser.start_login().status_code == 200
    assert Person(nina, password=NEW_PASSWORD).start_login().url == "/password/new/"


def test_a_new_password_ends_the_count_of_a_hundred(olivia, lena):
    lock_out(lena)
    User.objects.filter(pk=lena.pk).update(password_revoked_at=timezone.now())
    olivia.post(page(lena, "password"), PAIR)
    assert not Attempts.objects.filter(user=lena).exists()


def test_a_new_password_shortens_no_wait(olivia, lena):
    lock_out(lena)
    olivia.post(page(lena, "password"), PAIR)
    assert Attempts.objects.filter(user=lena).exists()


def test_a_known_browser_is_forgotten_with_a_new_password(olivia, contract):
    nina = make_member(contract, "nina", two_factor_required=False)
    browser = Person(nina)
    browser.log_in()
    olivia.post(page(nina, "password"), PAIR)
    browser.post("/login/", {"username": "nina", "password": "wrong"})
    kinds = set(Attempts.objects.filter(user=nina).values_list("kind", flat=True))
    assert "password_here" in kinds
    assert "password_browser" not in kinds


def test_a_password_too_close_to_the_account_is_refused(olivia, contract):
    user = make_member(contract, "wintergarten")
    weak = {"password1": "wintergarten-2026", "password2": "wintergarten-2026"}
    response = olivia.post(page(user, "password"), weak)
    assert "wintergarten" in response.context["form"].errors["password1"][0]
    assert "wintergarten-2026" not in response.content.decode()
    assert fresh(user).check_password(PASSWORD)


def test_suggest_on_the_password_form(olivia, lena, rows):
    response = olivia.post(page(lena, "password"), {"suggest": "1", "must_change_password": "on"})
    suggested = re.findall(r'<input type="text" name="password[12]" value="([^"]+)"', response.content.decode())
    assert len(set(suggested)) == 1
    assert re.search(r'name="must_change_password"[^>]* checked', response.content.decode())
    assert fresh(lena).password == lena.password


def test_the_password_form_asks_for_a_confirmation_first_and_keeps_the_choice(olivia, lena):
    with travel(timezone.now() + timedelta(minutes=6), tick=True):
        assert olivia.get(page(lena, "password")).url.startswith("/confirm/?next=")
        response = olivia.post(page(lena, "password"), PAIR | {"must_change_password": "on"})
        assert response.url.startswith("/confirm/?next=")
        assert fresh(lena).password == lena.password
        olivia.post("/confirm/", {"password": PASSWORD, "next": page(lena, "password")})
        assert olivia.get(page(lena, "password")).status_code == 200
        follow(olivia, olivia.post(page(lena, "password"), PAIR))


def test_deactivated_users_are_out_at_once_and_come_back_as_they_were(olivia, contract, rows):
    nina = make_member(contract, "nina", two_factor_required=False)
    browser = Person(nina)
    browser.log_in()
    pending_login = Person(nina)
    text = follow(olivia, olivia.post(page(nina, "state"), {"state": "deactivated"}))
    assert "The status of nina was changed." in text
    assert "Status Deactivated" in text
    assert not browser.is_in()
    assert pending_login.start_login().status_code == 200
    assert rows()[-2][:2] == ("user_state", "ok")
    follow(olivia, olivia.post(page(nina, "state"), {"state": "active"}))
    assert fresh(nina).is_active
    assert fresh(nina).stamp == nina.stamp + 2
    assert not browser.is_in()
    assert pending_login.start_login().url == "/"


def test_unlock_forgets_the_failures_and_shows_the_wait_before(olivia, lena, rows):
    assert "Unlock" not in words(olivia.get(page(lena)))
    lock_out(lena)
    text = words(olivia.get(page(lena)))
    assert "lena is locked until" in text
    assert "Unlock" in text
    assert "Unlock lena?" in words(olivia.get(page(lena, "unlock")))
    text = follow(olivia, olivia.post(page(lena, "unlock")))
    assert "lena was unlocked." in text
    assert "locked until" not in text
    assert rows()[-1] == ("user_unlocked", "ok", "owner", "lena")
    assert not Attempts.objects.filter(user=lena).exists()
    text = follow(olivia, olivia.post(page(lena, "unlock")))
    assert "lena was not locked." in text
    assert [row[0] for row in rows()].count("user_unlocked") == 1


def test_unlock_is_offered_before_a_wait_begins_and_the_wait_is_told_to_whoever_may_not(olivia, somebody, lena):
    Attempts.objects.create(key="k", kind="factor", user=lena, failures=2, updated_at=timezone.now())
    assert "Unlock" in words(olivia.get(page(lena)))
    lock_out(lena)
    text = words(somebody("users.show").get(page(lena)))
    assert "lena is locked until" in text
    assert "Unlock" not in text


def test_unlock_is_not_offered_for_what_it_does_not_clear(olivia, lena):
    """Wrong codes are counted until a right one, and lead to no wait."""
    now = timezone.now()
    Attempts.objects.create(key="k", kind="wrong_codes", user_id=lena.pk, failures=1, updated_at=now)
    assert "Unlock" not in more(olivia, lena)
    Attempts.objects.create(key="l", kind="login_account", user_id=lena.pk, failures=1, updated_at=now)
    assert "Unlock" in more(olivia, lena)


def test_unlock_helps_at_once(olivia, contract):
    nina = make_member(contract, "nina", two_factor_required=False)
    browser = Person(nina, password="wrong")
    answers = [browser.start_login().status_code for _ in range(6)]
    assert answers[-1] == 429
    olivia.post(page(nina, "unlock"))
    browser.password = PASSWORD
    assert browser.start_login().url == "/"


def test_delete_asks_and_then_takes_everything_but_the_log(olivia, contract, rows):
    nina = make_member(contract, "nina", two_factor_required=False)
    Person(nina).log_in()
    lock_out(nina)
    question = olivia.get(page(nina, "delete"))
    assert "Delete nina?" in words(question)
    assert ">Cancel</a>" in question.content.decode()
    assert re.search(r"danger[^>]*>\s*Delete nina</button>", question.content.decode())
    assert User.objects.filter(pk=nina.pk).exists()
    text = follow(olivia, olivia.post(page(nina, "delete"), {"confirm": "yes"}))
    assert "The user nina was deleted." in text
    assert not User.objects.filter(pk=nina.pk).exists()
    assert rows()[-1] == ("user_deleted", "ok", "owner", "nina")
    assert olivia.get(page(nina)).status_code == 404
    assert olivia.post(page(nina, "delete")).status_code == 404


def test_an_active_authenticator_goes_with_its_user(olivia, lena):
    Person(lena).enrol()
    assert olivia.post(page(lena, "delete")).status_code == 302
    assert not User.objects.filter(pk=lena.pk).exists()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("name", {"name": "Lena"}),
        ("name", {"name": "  Lena\t"}),
        ("description", {"description": ""}),
        ("state", {"state": "active"}),
    ],
)
def test_what_is_already_so_writes_nothing(olivia, lena, rows, name, data):
    before = len(rows())
    assert "Nothing was changed." in follow(olivia, olivia.post(page(lena, name), data))
    assert len(rows()) == before
    assert fresh(lena).stamp == lena.stamp


def test_the_role_a_user_has_already_changes_nothing(olivia, lena, rows):
    before = len(rows())
    assert "Nothing was changed." in follow(olivia, olivia.post(page(lena, "role"), {"role": lena.role_id}))
    assert len(rows()) == before


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("name", {}),
        ("name", {"name": " "}),
        ("name", {"name": "a" * 151}),
        ("name", {"name": "a\0"}),
        ("name", {"name": ["a", "b"]}),
        ("description", {"description": "a" * 501}),
        ("description", {"description": "\0"}),
        ("password", {}),
        ("password", {"password1": "a" * 4096, "password2": "a" * 4096}),
        ("password", {"password1": NEW_PASSWORD, "password2": ""}),
        ("password", {"password1": [NEW_PASSWORD] * 2, "password2": NEW_PASSWORD}),
        ("role", {}),
        ("role", {"role": "x"}),
        ("role", {"role": str(2**64)}),
        ("state", {}),
        ("state", {"state": "gone"}),
        ("state", {"state": ["active", "deactivated"]}),
    ],
)
def test_bad_input_comes_back_with_a_sentence_and_changes_nothing(olivia, lena, rows, name, data):
    before = len(rows())
    response = olivia.post(page(lena, name), data)
    assert response.status_code == 200
    assert response.context["form"].errors
    assert 'aria-invalid="true"' in response.content.decode()
    assert len(rows()) == before
    after = fresh(lena)
    assert (after.name, after.description, after.role_id, after.is_active, after.password, after.stamp) == (
        lena.name,
        lena.description,
        lena.role_id,
        True,
        lena.password,
        lena.stamp,
    )


def test_a_description_of_500_signs_may_hold_line_ends(olivia, lena):
    text = "\r\n".join(["a" * 49] * 10)
    assert olivia.post(page(lena, "description"), {"description": text + "\r\n"}).status_code == 302
