"""What makes an import easy: a template, errors first, the refused rows as a file, and an upload that is sent twice."""

import csv
from io import StringIO

import pytest

from accounts.models import AuditRow, User
from tests.cloudpanel.users.test_import import bring, confirm, file_of, outcomes, sealed_in, upload
from tests.factories import make_member
from tests.people import words

IMPORT = "/management/users/import/"
TEMPLATE = "/management/users/import/template.csv"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("commits")]


def test_the_template_is_linked_and_can_be_imported_as_it_is(olivia):
    assert f'href="{TEMPLATE}"' in olivia.get(IMPORT).content.decode()
    answer = olivia.get(TEMPLATE)
    assert answer["Content-Disposition"] == 'attachment; filename="users-template.csv"'
    data = answer.getvalue()
    header, *rows = csv.reader(StringIO(data.decode("utf-8-sig")))
    assert header == ["username", "name", "email", "description", "role", "two_factor_required", "state"]
    assert [len(row) for row in rows] == [7, 7]
    page = upload(olivia, data)
    assert outcomes(page) == [("lena", "created"), ("nina.novak", "created")]


def test_who_may_not_create_users_gets_no_template(somebody):
    assert somebody("users.show").get(TEMPLATE).status_code == 403


def test_errors_come_first_and_the_others_in_the_order_of_the_file(olivia):
    lines = ["a,Ada,,,Administrator,,", "b,Bo,,,No such role,,", "c,Cy,,,Administrator,,", "d d,Di,,,Administrator,,"]
    page = upload(olivia, file_of(*lines))
    assert [name for name, _kind in outcomes(page)] == ["b", "d d", "a", "c"]


def test_the_refused_rows_are_mended_and_sent_again(olivia):
    page = upload(olivia, file_of("a,Ada,,,Administrator,,", "b,Bo,,,No such role,,"))
    refused = olivia.post(IMPORT, {"sealed": sealed_in(page), "refused": "yes"}).getvalue().decode("utf-8-sig")
    assert "There is no role with this name." in refused
    assert "Ada" not in refused
    assert "1 created" in bring(olivia, refused.replace("No such role", "Administrator"))


def test_each_change_says_what_it_does_to_people(olivia, contract):
    lena = make_member(contract, "lena")
    User.objects.filter(pk=lena.pk).update(two_factor_active_since=lena.created_at)
    text = words(upload(olivia, file_of("lena,Lena,,,Administrator,no,active", "new,Neo,,,Administrator,,")))
    assert "two_factor_required: yes → no" in text.replace("&gt;", ">")
    assert "The authenticator app, security keys and recovery codes are removed." in text
    assert "The user is logged out everywhere." in text
    assert "nobody can log in to this account until a password is set" in text


@pytest.mark.parametrize(("number", "shown"), [(100, False), (101, True)])
def test_above_a_hundred_rows_the_page_says_that_it_is_at_work(number, shown, olivia):
    page = upload(olivia, file_of(*(f"u{n},Name {n},,,Administrator,," for n in range(number))))
    assert ('id="work"' in page.content.decode()) == shown


def test_a_thousand_rows_that_are_sent_twice_are_imported_once(olivia):
    data = file_of(*(f"u{n},Name {n},,,Administrator,," for n in range(1_000)))
    first, second = upload(olivia, data), upload(olivia, data)
    assert confirm(olivia, first).status_code == 302
    again = confirm(olivia, first)
    other = confirm(olivia, second)
    for answer in (again, other):
        assert answer.status_code == 200
        assert "nothing was imported" in words(answer)
        assert {kind for _, kind in outcomes(answer)} == {"unchanged"}
    assert User.objects.filter(username__startswith="u").count() == 1_000
    assert AuditRow.objects.filter(event="users_imported").count() == 1
