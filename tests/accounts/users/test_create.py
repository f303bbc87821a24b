"""Creating a sub-user: who may, what is asked, what is refused with which sentence."""

import re

import pytest
from django.core.exceptions import NON_FIELD_ERRORS

from accounts.models import AuditRow, User
from accounts.permissions import ALL_PERMISSIONS
from accounts.users import queries
from tests.factories import PASSWORD, make_member, make_owner, make_role
from tests.people import Person, words

CREATE = "/management/users/create/"


@pytest.fixture
def typed(administrator) -> dict[str, str]:
    return {
        "name": "Nina Neu",
        "username": "nina",
        "email": "nina@example.com",
        "password1": PASSWORD,
        "password2": PASSWORD,
        "role": str(administrator.pk),
        "two_factor_required": "yes",
    }


def errors(response) -> dict[str, list[str]]:
    assert response.status_code == 200, words(response)
    return dict(response.context["form"].errors)


def ticked(page: str) -> bool:
    """Whether the box for a new password at the next login is ticked."""
    return bool(re.search(r'name="must_change_password"[^>]* checked', page))


def test_the_form_offers_what_the_owner_decides(olivia, administrator):
    page = olivia.get(CREATE).content.decode()
    assert f'<option value="{administrator.pk}" selected>Administrator</option>' in page
    assert re.search(r'name="two_factor_required" value="yes"[^>]* checked', page)
    fields = re.findall(r'<(?:input|select|textarea)[^>]* name="([a-z_0-9]+)"', page)
    shown = list(dict.fromkeys(name for name in fields if name not in ("csrfmiddlewaretoken", "in_contract")))
    assert shown == [
        "invite",
        "name",
        "username",
        "email",
        "password1",
        "must_change_password",
        "role",
        "two_factor_required",
        "required_from",
        "required_from_zone",
    ]
    assert ticked(page)


@pytest.mark.parametrize(("mail", "chosen"), [(True, "on"), (False, "")])
def test_the_chosen_way_to_a_password_has_the_focus_alone(olivia, settings, mail, chosen):
    settings.MAIL_ENABLED = mail
    fields = re.findall(r"<(?:input|select|textarea)[^>]*>", olivia.get(CREATE).content.decode())
    [focused] = [field for field in fields if " autofocus" in field]
    assert f' name="invite" value="{chosen}"' in focused
    assert " checked" in focused


def test_after_an_error_the_first_wrong_field_of_the_page_has_the_focus(olivia, typed):
    page = olivia.post(CREATE, typed | {"username": "not good", "role": "", "invite": ""}).content.decode()
    [focused] = re.findall(r"<(?:input|select|textarea)[^>]* autofocus[^>]*>", page)
    assert ' name="username"' in focused


def test_the_owner_creates_a_user_who_then_has_to_set_up_2fa(olivia, typed, rows, administrator):
    response = olivia.post(CREATE, typed)
    user = User.objects.get(username="nina")
    assert response.url == f"/management/users/{user.pk}/"
    assert "User “nina” created." in words(olivia.get(response.url))
    assert (user.name, user.email, user.role, user.contract) == (
        "Nina Neu",
        "nina@example.com",
        administrator,
        administrator.contract,
    )
    assert user.two_factor_required
    assert user.password_set_by_other
    assert not user.must_change_password
    assert rows()[-1] == ("user_created", "ok", "owner", "nina")
    assert [row[0] for row in rows()].count("user_created") == 1
    assert Person(user).start_login().url == "/two-factor/setup/"


def test_no_is_the_owners_choice_and_the_password_may_be_a_first_one(olivia, typed):
    olivia.post(CREATE, typed | {"two_factor_required": "no", "must_change_password": "on", "email": ""})
    user = User.objects.get(username="nina")
    assert not user.two_factor_required
    assert user.must_change_password


def test_a_box_that_was_cleared_stays_clear(olivia, typed):
    for others in ({"username": "not good"}, {"suggest": "1"}):
        assert not ticked(olivia.post(CREATE, typed | others).content.decode())
        others |= {"must_change_password": "on"}
        assert ticked(olivia.post(CREATE, typed | others).content.decode())


def test_left_out_2fa_is_required(olivia, typed):
    del typed["two_factor_required"]
    olivia.post(CREATE, typed)
    assert User.objects.get(username="nina").two_factor_required


def test_a_sub_user_has_no_such_field_and_the_value_is_yes(adam, typed):
    assert "two_factor_required" not in adam.get(CREATE).content.decode()
    extra = {
        "two_factor_required": "no",
        "required": "no",
        "is_staff": "on",
        "is_superuser": "on",
        "contract": "1",
        "stamp": "9",
        "is_active": "",
    }
    assert adam.post(CREATE, typed | extra).status_code == 302
    user = User.objects.get(username="nina")
    assert user.two_factor_required
    assert (user.is_staff, user.is_superuser, user.is_active, user.stamp) == (False, False, True, 0)


def test_passwords_are_never_in_the_log_nor_in_a_page(olivia, typed):
    page = olivia.post(CREATE, typed | {"username": "not good"})
    assert page.status_code == 200
    assert PASSWORD not in page.content.decode()
    olivia.post(CREATE, typed)
    assert AuditRow.objects.filter(event="user_created").exists()
    assert not any(PASSWORD in str(row) for row in AuditRow.objects.values())


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "", "This field is required."),
        ("name", "a" * 151, "at most 150 characters"),
        ("name", "a\0b", "Null characters are not allowed."),
        ("username", "", "This field is required."),
        ("username", "a" * 151, "at most 150 characters"),
        ("username", "nina neu", "Use only letters A to Z, digits and the characters . @ + _ -"),
        ("username", "nína", "Use only letters A to Z, digits and the characters . @ + _ -"),
        ("username", "\u212a", "Use only letters A to Z, digits and the characters . @ + _ -"),
        ("username", "a\0b", "Null characters are not allowed."),
        ("username", "OWNER", "This username is taken."),
        ("email", "nina", "Enter a valid email address."),
        ("email", "a@example.com\nBcc: b@example.com", "Enter a valid email address."),
        ("email", "a\0@example.com", "Null characters are not allowed."),
        ("password1", "", "This field is required."),
        ("password1", "a" * 4096, "Use at most 1,024 characters."),
        ("password1", "a\0" * 10, "Null characters are not allowed."),
        ("password1", "tooshort", "Use at least 15 characters."),
        ("password2", "something else", "The two passwords don't match."),
        ("role", "", "This field is required."),
        ("role", "x", "Select a valid choice."),
        ("role", str(2**70), "Select a valid choice."),
        ("role", "1\0", "Select a valid choice."),
        ("two_factor_required", "maybe", "Select a valid choice."),
    ],
)
def test_what_is_wrong_gets_its_sentence_and_creates_nobody(olivia, typed, field, value, sentence):
    response = olivia.post(CREATE, typed | {field: value})
    assert any(sentence in error for error in errors(response)[field]), errors(response)
    assert NON_FIELD_ERRORS not in errors(response)
    assert not User.objects.filter(name="Nina Neu").exists()
    assert 'value="nina@example.com"' in response.content.decode() or field == "email"


def test_every_reason_against_a_password_is_named(olivia, typed):
    response = olivia.post(CREATE, typed | {"username": "password", "password1": "password", "password2": "password"})
    assert len(errors(response)["password1"]) == 3, errors(response)


@pytest.mark.parametrize("field", ["name", "username", "password1", "role", "two_factor_required"])
def test_a_field_sent_twice_is_refused(olivia, typed, field):
    response = olivia.post(CREATE, typed | {field: [typed[field], typed[field]]})
    assert errors(response)[field] == ["This field was sent twice. Send it once."]
    assert not User.objects.filter(username="nina").exists()


def test_line_ends_in_a_name_become_blanks(olivia, typed):
    olivia.post(CREATE, typed | {"name": "\t=1+1\r\nadmin\u2028x "})
    assert User.objects.get(username="nina").name == "=1+1 admin x"


def test_a_username_is_unique_in_the_whole_installation(olivia, typed, stranger):
    response = olivia.post(CREATE, typed | {"username": "Stranger"})
    assert errors(response)["username"] == ["This username is taken. Choose another one."]


@pytest.mark.django_db(transaction=True)
def test_a_username_taken_at_the_same_moment_is_a_field_error(olivia, typed, contract, monkeypatch, rows):
    make_member(contract, "nina")
    monkeypatch.setattr(User.objects, "named", lambda username: User.objects.none())
    response = olivia.post(CREATE, typed | {"username": "NINA"})
    assert errors(response)["username"] == ["This username is taken. Choose another one."]
    assert "user_created" not in [row[0] for row in rows()]


def test_a_role_deleted_at_the_same_moment_is_a_field_error(olivia, typed, contract, monkeypatch):
    role = make_role(contract)
    stale = queries.roles(contract)
    typed["role"] = str(role.pk)
    role.delete()
    monkeypatch.setattr(queries, "roles", lambda contract: stale)
    response = olivia.post(CREATE, typed)
    assert errors(response)["role"] == ["This role was deleted in the meantime. Choose another one."]


def test_a_role_of_another_contract_is_no_choice(olivia, typed, stranger):
    foreign = make_owner("third", contract="Gamma").contracts.get().roles.get()
    assert "role" in errors(olivia.post(CREATE, typed | {"role": str(foreign.pk)}))


def test_a_second_password_is_compared_only_where_it_is_sent(olivia, typed):
    assert "password2" in errors(olivia.post(CREATE, typed | {"password2": "something else"}))
    once = {name: value for name, value in typed.items() if name != "password2"}
    assert olivia.post(CREATE, once).status_code == 302


def test_suggest_fills_in_a_readable_password_and_keeps_the_rest(olivia, typed, contract):
    role = make_role(contract, name="Viewers")
    changed = {"username": "not good", "role": str(role.pk), "two_factor_required": "no", "must_change_password": "on"}
    response = olivia.post(CREATE, typed | changed | {"suggest": "1", "password1": "x", "invite": "on"})
    page = response.content.decode()
    suggested = re.findall(r'<input type="text" name="password[12]" value="([^"]+)"', page)
    assert len(suggested) == 1
    assert re.search(r'name="invite" value=""[^>]* checked', page)
    assert len(suggested[0]) >= 15
    assert response.context["form"].errors == {}
    assert 'value="not good"' in page
    assert f'<option value="{role.pk}" selected>' in page
    assert re.search(r'name="two_factor_required" value="no"[^>]* checked', page)
    assert re.search(r'name="must_change_password"[^>]* checked', page)
    assert not User.objects.filter(name="Nina Neu").exists()
    accepted = typed | {"password1": suggested[0], "password2": suggested[0]}
    assert olivia.post(CREATE, accepted).status_code == 302
    assert Person("nina", password=suggested[0]).start_login().url == "/two-factor/setup/"


def test_only_roles_within_ones_own_rights_are_offered(somebody, contract, administrator, typed):
    less = make_role(contract, "users.show", name="Less")
    more = make_role(contract, "logs.show", name="More")
    asleep = make_role(contract, "logs.show", name="Asleep", enabled=False)
    sam = somebody("users.show", "users.create")
    page = sam.get(CREATE).content.decode()
    assert f'<option value="{less.pk}">Less</option>' in page
    for role in (more, asleep, administrator):
        assert f'value="{role.pk}"' not in page
    assert '<option value="" selected>Choose a role</option>' in page
    assert sam.post(CREATE, typed | {"role": str(less.pk)}).status_code == 302


@pytest.mark.parametrize("enabled", [True, False])
def test_giving_a_role_beyond_ones_own_rights_is_refused_and_logged(somebody, contract, typed, rows, enabled):
    more = make_role(contract, *ALL_PERMISSIONS - {"logs.show"}, name="More", enabled=enabled)
    sam = somebody("users.show", "users.create")
    response = sam.post(CREATE, typed | {"role": str(more.pk)})
    assert response.status_code == 403
    assert "assign this role: it has permissions that you don&#x27;t have." in words(response)
    assert not User.objects.filter(username="nina").exists()
    assert rows()[-1] == ("access_refused", "refused", "sam", "")


def test_without_the_permission_there_is_no_form(somebody, typed, rows):
    sam = somebody("users.show")
    assert sam.get(CREATE).status_code == 403
    assert sam.post(CREATE, typed).status_code == 403
    assert not User.objects.filter(username="nina").exists()


def test_who_may_create_but_not_see_users_ends_at_the_overview(somebody, typed, contract):
    role = make_role(contract)
    response = somebody("users.create").post(CREATE, typed | {"role": str(role.pk)})
    assert response.url == "/"
    assert User.objects.filter(username="nina").exists()
