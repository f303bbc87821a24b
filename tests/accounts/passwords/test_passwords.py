"""One rule for passwords, one comparison, one hash."""

import re
import unicodedata

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher, get_hasher
from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.passwords import rules
from accounts.passwords import services as passwords
from tests.factories import PASSWORD, make_member, make_owner
from tests.people import Person

GOOD = "seven green bottles"


def someone(**fields) -> User:
    return User(**{"username": "lena.lang", "name": "Lena Lang", "email": "lena@example.com"} | fields)


def reasons(password: str, user: User | None = None) -> list[str]:
    try:
        passwords.check_rules(password, user or someone())
    except ValidationError as refused:
        return [error.code for error in refused.error_list]
    return []


@pytest.mark.parametrize(
    "password",
    [
        GOOD,
        "x7" * 8,
        " leading and trailing ",
        "ohne Umlaute gäbe es Ärger",
        "密码密码密码密码密码密码密码密",
        "🐎🔋📎🐎🔋📎🐎🔋📎🐎🔋📎🐎🔋📎",
        "a" * 7 + "\t" + "b" * 7,
    ],
)
def test_anything_long_enough_is_a_password(password):
    assert reasons(password) == []


@pytest.mark.parametrize(("length", "expected"), [(14, ["password_too_short"]), (15, []), (1024, [])])
def test_a_password_has_15_to_1024_characters(length, expected):
    assert reasons(("q8mz" * 300)[:length]) == expected


def test_a_password_of_more_than_1024_characters_is_refused():
    assert "password_too_long" in reasons("q8mz" * 257)


def test_the_least_length_is_the_operators(settings):
    settings.PASSWORD_MIN_LENGTH = 20
    assert reasons("q8mz" * 4) == ["password_too_short"]
    assert "at least 20" in rules.LengthValidator().get_help_text().lower()


@pytest.mark.parametrize(
    "password", ["lena.lang.lena.lang", "Lena Lang Lena Lang", "lena@example.com", "cloud panel 1234"]
)
def test_the_accounts_own_words_are_refused(password):
    assert "password_own_words" in reasons(password)


def test_the_refusal_names_the_word():
    with pytest.raises(ValidationError, match=r"lena@example\.com"):
        passwords.check_rules("lena@example.com", someone())


def test_an_own_word_within_a_long_password_does_no_harm():
    assert reasons("lena likes seven green bottles") == []


def test_the_name_of_the_contract_is_an_own_word(db):
    user = make_member(make_owner(contract="Hostmaster Berlin").contracts.get())
    assert "password_own_words" in reasons("hostmaster berlin", user)


@pytest.mark.parametrize("password", ["password123", "1234567890123456789", "1q2w3e4r5t6y7u8i9o0p"])
def test_common_passwords_are_refused_whatever_their_length(password, settings):
    settings.PASSWORD_MIN_LENGTH = 8
    assert "password_too_common" in reasons(password)


@pytest.mark.django_db
class TestComparison:
    def test_the_right_password_is_right_and_nothing_else(self):
        user = make_member(make_owner().contracts.get())
        assert passwords.verify(user, PASSWORD)
        for wrong in ("", PASSWORD[:-1], PASSWORD + " ", " " + PASSWORD, PASSWORD.upper(), PASSWORD + "\0"):
            assert not passwords.verify(user, wrong)

    def test_two_ways_to_type_the_same_letter_are_one_password(self):
        user = make_member(make_owner().contracts.get())
        composed = unicodedata.normalize("NFC", "zwölf große Äpfel")
        decomposed = unicodedata.normalize("NFD", composed)
        assert composed != decomposed
        user.password = rules.hashed(decomposed)
        assert passwords.verify(user, composed)
        user.password = rules.hashed(composed)
        assert passwords.verify(user, decomposed)

    def test_nothing_is_cut_off(self):
        user = make_member(make_owner().contracts.get())
        long = "q8mz" * 32
        user.password = rules.hashed(long)
        assert passwords.verify(user, long)
        assert not passwords.verify(user, long[:72])
        assert not passwords.verify(user, long[:127])

    @pytest.mark.parametrize("state", ["known", "unknown", "inactive", "invited"])
    def test_every_comparison_costs_exactly_one_hash(self, state, monkeypatch):
        user = make_member(make_owner().contracts.get())
        if state == "inactive":
            user.is_active = False
        if state == "invited":
            user.set_unusable_password()
        spent = []
        encode = MD5PasswordHasher.encode
        monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *args: spent.append(1) or encode(*args))
        assert not passwords.verify(None if state == "unknown" else user, "a wrong password")
        assert len(spent) == 1

    def test_a_log_in_hashes_anew_what_was_hashed_at_another_cost(self, settings):
        settings.PASSWORD_HASHERS = [
            "django.contrib.auth.hashers.ScryptPasswordHasher",
            "django.contrib.auth.hashers.MD5PasswordHasher",
        ]
        user = make_member(make_owner().contracts.get())
        User.objects.filter(pk=user.pk).update(password=MD5PasswordHasher().encode(PASSWORD, "saltsalt"))
        user.refresh_from_db()
        assert passwords.verify(user, PASSWORD)
        user.refresh_from_db()
        assert user.password.startswith("md5$")
        assert passwords.verify(user, PASSWORD, upgrade=True)
        user.refresh_from_db()
        assert user.password.startswith("scrypt$")

    def test_hashing_anew_never_undoes_a_change_of_the_password(self, settings):
        user = make_member(make_owner().contracts.get())
        stale = User.objects.get(pk=user.pk)
        stale.password = MD5PasswordHasher().encode(PASSWORD, "saltsalt")
        settings.PASSWORD_HASHERS = [
            "django.contrib.auth.hashers.ScryptPasswordHasher",
            "django.contrib.auth.hashers.MD5PasswordHasher",
        ]
        assert passwords.verify(stale, PASSWORD, upgrade=True)
        assert User.objects.get(pk=user.pk).password == user.password


@pytest.mark.slow_hasher
def test_passwords_are_hashed_by_argon2id_at_owasps_cost():
    encoded = rules.hashed(GOOD)
    assert "$argon2id$" in encoded
    assert "m=19456,t=2,p=1" in encoded
    assert not get_hasher().must_update(encoded)


def test_a_suggestion_is_good_readable_and_new_each_time():
    suggestions = {rules.suggest() for _ in range(50)}
    assert len(suggestions) == 50
    for suggestion in suggestions:
        assert re.fullmatch(r"(?:[a-z2-9]{5}-){3}[a-z2-9]{5}", suggestion)
        assert not set(suggestion) & set("0oil1")
        assert reasons(suggestion) == []


@pytest.mark.django_db
class TestAtTheLogIn:
    @pytest.mark.parametrize("length", [4096, 1024 * 1024])
    def test_a_huge_password_gets_a_sentence_and_costs_no_hash(self, length, monkeypatch):
        user = make_member(make_owner().contracts.get())
        spent = []
        monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *args: spent.append(1) or "")
        response = Person(user, password="x" * length).start_login()
        assert response.status_code == 200
        assert "at most 1,024 characters" in response.content.decode()
        assert not spent

    def test_a_password_of_128_characters_logs_in_whole_only(self):
        user = make_member(make_owner().contracts.get(), two_factor_required=False)
        password = "q8mz" * 32
        User.objects.filter(pk=user.pk).update(password=rules.hashed(password))
        assert Person(user, password=password[:72]).start_login().status_code == 200
        assert Person(user, password=password[:127]).start_login().status_code == 200
        assert Person(user, password=password).start_login().status_code == 302

    def test_a_password_is_never_shown_again(self):
        response = Person(make_owner(), password="wrong-but-remarkable-password").start_login()
        assert response.status_code == 200
        assert "remarkable" not in response.content.decode()


@pytest.mark.slow_hasher
def test_a_confirmation_under_an_older_cost_of_the_hash_ends_no_session(contract, monkeypatch):
    monkeypatch.setattr(rules.OwaspArgon2Hasher, "time_cost", 1)
    nina = Person(make_member(contract, "nina", two_factor_required=False))
    User.objects.filter(username="nina").update(password=rules.hashed(PASSWORD))
    nina.log_in()
    monkeypatch.setattr(rules.OwaspArgon2Hasher, "time_cost", 2)
    assert nina.post("/confirm/", {"password": PASSWORD, "next": "/profile/security/"}).status_code == 302
    assert nina.is_in()
