"""Common passwords are refused, also those that were only made longer by writing them again."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError


def is_refused(password: str) -> bool:
    try:
        validate_password(password)
    except ValidationError as refused:
        return "password_too_common" in [error.code for error in refused.error_list]
    return False


@pytest.mark.parametrize(
    "password",
    [
        "1234567890123456789",
        "passwordpassword",
        "PasswordPassword",
        "Passwordpassword",
        "password1password1",
        "qwertyqwertyqwe",
        "123456123456123456",
        "aaaaaaaaaaaaaaa",
        "a" * 1024,
    ],
)
def test_a_common_password_written_again_and_again_is_refused(password):
    assert is_refused(password)


@pytest.mark.parametrize(
    "password", ["x7" * 8, "password and seven green bottles", "dragon monkey shadow", "q8mz" * 256, "密码" * 8]
)
def test_a_common_word_within_a_longer_one_does_no_harm(password):
    assert not is_refused(password)


def test_what_is_too_long_is_not_looked_at():
    with pytest.raises(ValidationError, match="at most") as refused:
        validate_password("a" * 1_000_000)
    assert [error.code for error in refused.value.error_list] == ["password_too_long"]
