"""The readers of what comes from outside: whatever it is, they answer with a value or with their own refusal."""

from datetime import datetime
from ipaddress import ip_address, ip_network

import pytest
from django.core import signing
from django.core.exceptions import BadRequest
from django.http import HttpResponse, QueryDict
from django.test import RequestFactory, override_settings
from hypothesis import example, given
from hypothesis import strategies as st

from accounts.gate import redirects
from accounts.gate.middleware import TrustedProxies
from accounts.lists import csvfile
from accounts.lists.paging import Cursor, Sort
from accounts.models import User
from accounts.origin import Origin
from accounts.reset import links
from accounts.users import search
from accounts.users.exchange import read as read_users
from tests.fuzz.rubbish import cookie, header, profile, raw, text
from twofactor import totp
from twofactor.factors import recovery_codes
from twofactor.login import known_browser

PARSED = profile(30)
codes = st.one_of(text, st.text("0123456789 -\u00a0１٣+_", max_size=12), st.from_regex(r"[0-9 -]{6,9}"))
addresses = st.one_of(
    st.ip_addresses().map(str), text, st.sampled_from(["::1%eth0", "::ffff:10.0.0.1", " 10.0.0.1 ", "10.0.0.1:80"])
)


@PARSED
@given(codes)
def test_a_code_is_six_ascii_digits_or_nothing(typed):
    found = totp.parse_code(typed)
    assert found is None or (len(found) == 6 and found.isascii() and found.isdigit())
    if found:
        assert totp.parse_code(f" {found[:3]}-{found[3:]}\n") == found


@PARSED
@given(st.one_of(text, st.text(recovery_codes.ALPHABET + "oOiIlL -", min_size=20, max_size=35)))
@example("0" * 25)
@example("ı" * 25)
def test_a_recovery_code_is_25_signs_of_the_alphabet_or_nothing(typed):
    found = recovery_codes.parse(typed)
    assert found is None or (len(found) == 25 and set(found) <= set(recovery_codes.ALPHABET))
    if found:
        assert recovery_codes.parse(recovery_codes.in_groups(found).lower()) == found


@PARSED
@given(st.binary(min_size=20, max_size=20), st.text(max_size=30), st.from_regex(r"\A[A-Za-z0-9.@+_-]{1,150}\Z"))
def test_the_address_for_the_app_has_one_colon_and_nothing_unquoted(key, issuer, username):
    if any("\ud800" <= sign <= "\udfff" for sign in issuer):
        return
    address = totp.otpauth(key, issuer=issuer, username=username)
    label, _, query = address.removeprefix("otpauth://totp/").partition("?")
    assert label.count(":") == 1
    assert address.isascii()
    assert " " not in address
    assert "=" not in QueryDict(query)["secret"]
    assert totp.base64.b32decode(QueryDict(query)["secret"]) == key


SORTS = [Sort("id", descending=True), Sort("name_key"), Sort("last_login", nullable=True)]


@PARSED
@given(text, st.sampled_from(SORTS))
def test_a_cursor_that_is_not_ours_is_a_bad_request(typed, sort):
    with pytest.raises(BadRequest):
        Cursor.read(typed, sort)


@PARSED
@given(
    st.one_of(st.none(), st.text(), st.integers(), st.datetimes(timezones=st.just(datetime.now().astimezone().tzinfo))),
    st.integers(1, 2**63 - 1),
    st.booleans(),
    st.sampled_from(SORTS),
)
def test_a_cursor_comes_back_as_it_was_and_for_its_own_sort_alone(key, row_id, backwards, sort):
    if isinstance(key, str) and any("\ud800" <= sign <= "\udfff" for sign in key):
        return
    signed = Cursor(key, row_id, backwards).signed(sort)
    assert Cursor.read(signed, sort) == Cursor(key, row_id, backwards)
    for other in SORTS:
        if other != sort:
            with pytest.raises(BadRequest):
                Cursor.read(signed, other)


csv_like = st.lists(
    st.sampled_from([b",", b";", b'"', b"'", b"\r", b"\n", b"\r\n", b"a", b"=", b"\0", b"\xef\xbb\xbf", b"\xff"]),
    max_size=40,
)


@PARSED
@given(st.one_of(raw, csv_like.map(b"".join), st.binary(max_size=200)), st.sampled_from([csvfile.read, read_users]))
@example(b'"' + b"x" * 140_000 + b'"', csvfile.read)
def test_a_file_is_a_table_or_a_sentence(data, read):
    try:
        table = read(data)
    except csvfile.CsvError:
        return
    assert all(len(row.cells) == len(table.header) for row in table.rows)


@PARSED
@given(
    st.lists(
        st.lists(
            st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"])), min_size=2, max_size=2
        ),
        min_size=1,
        max_size=5,
    )
)
def test_cells_come_back_as_they_were(rows):
    rows = [row for row in rows if any(row)]
    table = csvfile.read(csvfile.text_of([["one", "two"], *rows]).encode())
    assert [list(row.cells) for row in table.rows] == rows
    assert not any(
        cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for cell in map(csvfile.quoted, row)
    )


@PARSED
@given(
    st.one_of(
        text, text.map("/".__add__), text.map("//".__add__), text.map("/profile/".__add__), text.map("/?".__add__)
    )
)
@example("/[")
@example("//[")
@example("/\u2100//x")
def test_next_stays_in_the_panel(typed):
    safe = redirects.safe_next(typed)
    assert safe.startswith("/")
    assert not safe.startswith(("//", "/\\"))
    assert safe == "/" or safe == typed
    assert HttpResponse(headers={"Location": redirects.after_login(typed).encode("unicode_escape").decode()})


@PARSED
@given(peer=addresses, entries=st.lists(addresses, max_size=4), proto=header)
def test_only_a_trusted_peer_says_where_a_request_came_from(peer, entries, proto):
    request = RequestFactory().get("/", HTTP_X_FORWARDED_FOR=",".join(entries), HTTP_X_FORWARDED_PROTO=proto)
    request.META["REMOTE_ADDR"] = peer
    with override_settings(TRUSTED_PROXIES=[ip_network("10.0.0.0/8"), ip_network("::1/128")]):
        TrustedProxies(lambda _: HttpResponse())(request)
    found = request.META["REMOTE_ADDR"]
    assert found == peer or ip_address(found)
    assert not [name for name in request.META if "FORWARDED" in name]
    assert request.META["wsgi.url_scheme"] in ("http", "https")
    assert isinstance(Origin.from_request(request).network(), str)


@pytest.mark.django_db
@PARSED
@given(uid=st.one_of(text, st.just("1")), token=st.one_of(text, text.map("r-".__add__), text.map("e-0-".__add__)))
def test_a_link_that_is_not_ours_opens_nothing(uid, token):
    assert links.read_password_link(uid, token) is None
    assert links.read_email_link(f"{uid}-{token}") is None


@PARSED
@given(cookie)
def test_a_mark_that_is_not_ours_makes_no_browser_known(value):
    request = RequestFactory().get("/")
    request.COOKIES["known"] = value
    assert known_browser.known_browsers_of(request).browser_of(User(pk=1)) is None


plain = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5))
flat = st.one_of(plain, st.lists(plain, max_size=3), st.dictionaries(st.text(max_size=3), plain, max_size=2))
json = st.one_of(flat, st.dictionaries(st.one_of(st.just("1"), st.text(max_size=3)), flat, max_size=3))


@PARSED
@given(json)
def test_a_well_signed_mark_of_another_shape_makes_no_browser_known(content):
    """Nobody but the panel signs; a later version may have signed something else."""
    request = RequestFactory().get("/")
    request.COOKIES["known"] = signing.dumps(content, salt="twofactor.known")
    assert known_browser.known_browsers_of(request).browser_of(User(pk=1)) is None


@PARSED
@given(st.dictionaries(st.sampled_from(search.PARAMETERS), text))
def test_a_question_to_the_table_of_users_is_understood_or_refused(values):
    try:
        asked = search.read({name: value[:200] for name, value in values.items()})
    except BadRequest:
        return
    assert str(asked.among(User.objects.all()).query)
