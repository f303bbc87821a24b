"""What an application may ask for, parameter by parameter."""

import pytest
from django.http import QueryDict

from accounts.models.usernames import USERNAME_MAX_LENGTH
from cloudpanel.applications.openid import parameters
from cloudpanel.applications.openid.errors import ProtocolError
from cloudpanel.applications.openid.parameters import LONGEST_AGE, LONGEST_TEXT, MANY_LOCALES, Parameters

CHALLENGE = "c" * 43
ODD_NAMES = ('a"b', "a\\b", "a b\n", "ü", "<b>", "", "a" * 41)
USUAL = {"response_type": "code", "scope": "openid", "code_challenge": CHALLENGE, "code_challenge_method": "S256"}


def query(**changes: object) -> QueryDict:
    """A list is a parameter that was sent more than once; None leaves one out."""
    data = QueryDict(mutable=True)
    for name, value in (USUAL | changes).items():
        if value is not None:
            data.setlist(name, value if isinstance(value, list) else [value])
    return data


def read(*, pkce_required: bool = True, **changes: object) -> Parameters:
    return parameters.read(query(**changes), pkce_required=pkce_required)


def refused(**changes: object) -> tuple[str, str]:
    with pytest.raises(ProtocolError) as found:
        read(**changes)
    assert found.value.status == 400
    return found.value.error, found.value.description


def test_a_request_without_anything_more_asks_for_nothing_more():
    assert read() == Parameters(("openid",), "", CHALLENGE, frozenset(), None, "", "", ())


def test_each_parameter_is_read_into_its_own():
    found = read(
        scope="groups unknown openid email",
        nonce="n",
        prompt="login consent",
        max_age="60",
        id_token_hint="t",
        login_hint="lena",
        ui_locales="de en",
        state="s",
        response_mode="form_post",
    )
    scope = ("openid", "email", "groups")
    assert found == Parameters(scope, "n", CHALLENGE, frozenset({"login", "consent"}), 60, "t", "lena", ("de", "en"))


@pytest.mark.parametrize(
    ("changes", "error", "description"),
    [
        ({"request": "x"}, "request_not_supported", ""),
        ({"request_uri": "x"}, "request_uri_not_supported", ""),
        ({"registration": "x"}, "registration_not_supported", ""),
        ({"response_type": None}, "invalid_request", "The parameter response_type is missing"),
        ({"response_type": "token"}, "unsupported_response_type", "Only the response type code is supported"),
        (
            {"response_mode": "fragment"},
            "invalid_request",
            "Only the response modes query and form_post are supported",
        ),
        ({"state": "s" * (LONGEST_TEXT + 1)}, "invalid_request", "The parameter state is too long"),
        ({"nonce": "n" * (LONGEST_TEXT + 1)}, "invalid_request", "The parameter nonce is too long"),
        ({"scope": None}, "invalid_scope", "The scope openid is missing"),
        ({"scope": "profile"}, "invalid_scope", "The scope openid is missing"),
        ({"code_challenge": None}, "invalid_request", "The parameter code_challenge is missing"),
        (
            {"code_challenge": None, "code_challenge_method": None},
            "invalid_request",
            "The parameter code_challenge is missing",
        ),
        ({"code_challenge_method": None}, "invalid_request", "Only the code challenge method S256 is supported"),
        ({"code_challenge_method": "plain"}, "invalid_request", "Only the code challenge method S256 is supported"),
        ({"code_challenge": "c" * 42}, "invalid_request", "The code_challenge is not that of an S256 method"),
        ({"code_challenge": "c" * 44}, "invalid_request", "The code_challenge is not that of an S256 method"),
        ({"prompt": "create"}, "invalid_request", "Unknown value of prompt"),
        ({"prompt": "none login"}, "invalid_request", "The prompt none stands alone"),
        ({"unknown": ["a", "b"]}, "invalid_request", "The parameter unknown was sent twice"),
        ({"unknown": "\0"}, "invalid_request", "The parameter unknown has a zero byte"),
        *(({name: ["a", "b"]}, "invalid_request", "A parameter was sent twice") for name in ODD_NAMES),
        ({'"': "\0"}, "invalid_request", "A parameter has a zero byte"),
        *(
            ({"max_age": age}, "invalid_request", "The parameter max_age must be a number of seconds")
            for age in ("-1", "1.5", "x", "١", "²", "1" * 11)
        ),
    ],
)
def test_what_is_refused_has_a_reason_of_its_own(changes, error, description):
    assert refused(**changes) == (error, description)


def test_without_pkce_there_is_neither_a_challenge_nor_a_method():
    assert read(pkce_required=False, code_challenge=None, code_challenge_method=None).challenge == ""
    why = refused(pkce_required=False, code_challenge=None)
    assert why == ("invalid_request", "The parameter code_challenge is missing")
    assert read(pkce_required=False).challenge == CHALLENGE


@pytest.mark.parametrize("mode", parameters.RESPONSE_MODES)
def test_answers_are_sent_as_was_asked_for(mode):
    assert read(response_mode=mode)
    assert parameters.response_mode(query(response_mode=mode)) == mode


@pytest.mark.parametrize("mode", [None, "", "fragment", ["form_post", "form_post"], "form_post\0"])
def test_or_else_as_usual(mode):
    assert parameters.response_mode(query(response_mode=mode)) == "query"


def test_a_state_is_returned_as_it_was_sent_unless_it_was_sent_twice():
    states = [parameters.state(query(state=sent)) for sent in ("s t/ate", "", None, ["a", "a"])]
    assert states == ["s t/ate", "", None, None]


def test_texts_may_have_two_thousand_characters():
    text = "x" * LONGEST_TEXT
    assert read(nonce=text, state=text).nonce == text


@pytest.mark.parametrize(
    ("sent", "known"),
    [
        ("", None),
        ("0", 0),
        ("0000000060", 60),
        (str(LONGEST_AGE), LONGEST_AGE),
        (str(LONGEST_AGE + 1), LONGEST_AGE),
        ("9" * 10, LONGEST_AGE),
    ],
)
def test_an_age_is_a_number_of_seconds_and_not_more_than_ten_years(sent, known):
    assert read(max_age=sent).max_age == known


def test_a_prompt_may_be_none_alone():
    assert read(prompt="none").prompt == {"none"}
    assert read(prompt="none none").prompt == {"none"}


def test_a_hint_that_can_be_no_username_is_left_out():
    longest = "l" * USERNAME_MAX_LENGTH
    hints = [read(login_hint=hint).login_hint for hint in (longest, longest + "l", "a\nb", "lena")]
    assert hints == [longest, "", "", "lena"]


def test_twenty_languages_are_looked_at():
    many = [f"l{n}" for n in range(MANY_LOCALES + 1)]
    assert read(ui_locales=" ".join(many)).ui_locales == tuple(many[:MANY_LOCALES])
