"""Files nobody means well with: each gets one clear sentence, status 200, and changes nothing."""

import random

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from tests.cloudpanel.users.test_import import IMPORT, confirm, outcomes, people, upload, why
from tests.people import words

HEADER = "username,name,role\r\n"

pytestmark = pytest.mark.django_db

REFUSED = {
    "nothing": (b"", "The file is empty."),
    "one MiB of commas": (b"," * 2**20, "has too many columns"),
    "more than one MiB": (b"," * (2**20 + 1), "The file is too large"),
    "10,000 columns": ((HEADER + "," * 9_999).encode(), "has too many columns"),
    "10,000 names of columns": (",".join(f"c{n}" for n in range(10_000)).encode(), "has too many columns"),
    "NUL": ((HEADER + "ni\0na,Nina,Administrator\r\n").encode(), "contains a NUL byte"),
    "an open quote": ((HEADER + 'nina,"Nina,Administrator\r\n').encode(), "a quoted cell isn&#x27;t closed"),
    "nested quotes": ((HEADER + '"ni"na"","a"b"c",x\r\n').encode(), "is followed by text"),
    "a cell of a MiB": ((HEADER + 'nina,"' + "a" * 900_000 + '",x\r\n').encode(), "too long"),
    "1,001 rows": ((HEADER + "nina,Nina,Administrator\r\n" * 1_001).encode(), "The limit is 1,000 rows"),
    "no UTF-8": ((HEADER + "nina,Nína,Administrator\r\n").encode("latin-1"), "isn&#x27;t UTF-8 text"),
    "UTF-16": ((HEADER + "nina,Nina,Administrator\r\n").encode("utf-16"), "isn&#x27;t UTF-8 text"),
    "a long row": ((HEADER + "nina,Nina,x,y\r\n").encode(), "has 4 cells, but the first line has 3 columns"),
    "a column twice": (b"username,name,name\r\nx,y,z\r\n", "appears twice"),
    "an unknown column": (b"username,is_staff\r\nnina,yes\r\n", "Unknown column “is_staff”"),
    "no usernames": (b"name,email\r\nNina,\r\n", "The column “username” is missing."),
    "a header alone": (HEADER.encode(), "contains no users"),
    "a picture": (random.Random(1).randbytes(5_000), "The file"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_can_not_be_read_is_refused_whole(olivia, lena, name):
    data, sentence = REFUSED[name]
    before = people()
    page = upload(olivia, data)
    assert page.status_code == 200
    assert sentence in words(page)
    assert 'aria-invalid="true"' in page.content.decode()
    assert people() == before


ROWS = {
    "two equal usernames": ("nina,Nina,Administrator\nnina,Nina,Administrator", "Line 2 has the same username."),
    "equal but for the case": ("nina,Nina,Administrator\nNINA,Nina,Administrator", "Line 2 has the same username."),
    "a name that exists elsewhere": ("stranger,X,Administrator", "This username is taken."),
    "no username": (",X,Administrator\n,Y,Administrator", "username: This field is required."),
    "a bad username": ("a b,X,Administrator", "username: Use only letters A to Z"),
    "a Kelvin sign": ("\u212aurt,X,Administrator", "username: Use only letters A to Z"),
    "a username too long": ("a" * 151 + ",X,Administrator", "at most 150 characters"),
    "a name too long": ("nina," + "a" * 151 + ",Administrator", "at most 150 characters"),
    "a name of nothing": ("nina,\x01\x02,Administrator", "name: This field is required."),
    "no name": ("nina,,Administrator", "name: Required for a new user."),
    "no role": ("nina,Nina,", "role: Required for a new user."),
    "an unknown role": ("nina,Nina,Gods", "role: There is no role with this name."),
}


@pytest.mark.parametrize("name", ROWS)
def test_a_row_that_can_not_be_is_refused_with_its_reason(olivia, stranger, name):
    rows, sentence = ROWS[name]
    before = people()
    page = upload(olivia, HEADER + rows)
    assert "refused" in {kind for _, kind in outcomes(page)}
    assert sentence in why(page)
    assert confirm(olivia, page).status_code == 200
    assert people() == before


@pytest.mark.parametrize(
    ("column", "value", "sentence"),
    [
        ("email", "nina", "Enter a valid email address."),
        ("email", "a" * 250 + "@example.com", "email: "),
        ("description", "a" * 501, "at most 500 characters"),
        ("two_factor_required", "perhaps", "Use one of these values: yes, no"),
        ("state", "gone", "Use one of these values: active, deactivated"),
    ],
)
def test_a_bad_cell_is_named_with_its_column_for_new_and_known_users(olivia, lena, column, value, sentence):
    data = f"username,name,role,{column}\r\nnina,Nina,Administrator,{value}\r\nlena,Lena,Administrator,{value}\r\n"
    page = upload(olivia, data)
    assert outcomes(page) == [("nina", "refused"), ("lena", "refused")]
    assert why(page).count(sentence) == 2


def test_other_columns_of_the_user_row_can_not_be_reached(olivia, lena):
    for column in ("is_superuser", "is_staff", "contract", "password", "stamp", "id", "Username"):
        assert f"Unknown column “{column}”" in words(upload(olivia, f"username,{column}\r\nlena,1\r\n"))


def test_what_is_no_file_gets_its_sentence(olivia):
    for posted in ({}, {"file": "username\r\nlena\r\n"}):
        page = olivia.post(IMPORT, posted)
        assert page.status_code == 200
        assert "Choose a file." in words(page)
    twice = [SimpleUploadedFile("a.csv", b"username\r\nx\r\n"), SimpleUploadedFile("b.csv", b"username\r\ny\r\n")]
    assert "sent twice" in words(olivia.post(IMPORT, {"file": twice}))
    for sealed in ("", "x", "\0", ["a", "b"]):
        assert olivia.post(IMPORT, {"sealed": sealed, "confirm": "yes"}).url == IMPORT


def test_markup_is_shown_as_text(olivia, administrator):
    page = upload(olivia, HEADER + '<script>x</script>,<b>bold</b>,"<i>role"\r\nnina,<b>bold</b>,Administrator')
    assert "&lt;script&gt;x" in page.content.decode()
    assert "<script>x" not in page.content.decode()
    assert "<b>bold" not in page.content.decode()


def test_a_thousand_rows_are_shown_and_imported(olivia, administrator):
    rows = "".join(f"many{n},Many {n},Administrator\r\n" for n in range(1_000))
    page = upload(olivia, HEADER + rows)
    assert "1000 will be created" in words(page).replace(",", "")[:3000]
    assert confirm(olivia, page).status_code == 302
    assert User.objects.filter(username__startswith="many").count() == 1_000
