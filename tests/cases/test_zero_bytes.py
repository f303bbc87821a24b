"""CASES: NUL byte, in every field that the other tests of it leave out. Refused alike on both databases."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import AuditRow, Session, User
from tests.factories import PASSWORD

ZERO = "a\0b"


@pytest.mark.parametrize(
    "query", ["q=%00", "q=a%00b", "sort=%00", "after=%00", "before=a%00", "role=%00", "state=%00", "two_factor=%00"]
)
@pytest.mark.parametrize("address", ["/management/users/", "/management/logs/", "/management/logs/export.csv"])
def test_c35_a_zero_byte_in_a_table_is_no_fault(address, query, olivia):
    assert olivia.get(f"{address}?{query}").status_code in (200, 302, 400)


def test_c35_a_zero_byte_in_a_recovery_code_is_refused(active):
    browser = active.another_browser()
    browser.start_login()
    zero = active.codes[0].replace("-", "\0")
    assert browser.post("/login/recovery/", {"recovery_code": zero, "action": "sign_in"}).status_code in (200, 400)
    assert not browser.is_in()


@pytest.mark.parametrize("field", ["name", "username", "email", "password1", "role"])
def test_c35_a_zero_byte_in_any_field_creates_nobody(field, olivia, contract):
    account = {"name": "Eve", "username": "eve", "email": "eve@example.com", "role": contract.roles.get().pk}
    account |= {"password1": PASSWORD, "password2": PASSWORD, "two_factor_required": "yes"}
    if field == "password1":
        account["password2"] = ZERO
    answer = olivia.post("/management/users/create/", account | {field: ZERO})
    assert answer.status_code in (200, 400)
    assert not User.objects.filter(name="Eve").exists()


def test_c35_a_zero_byte_in_an_import_is_refused(olivia):
    before = User.objects.count()
    text = "username,name,email,description,role,two_factor_required,state\neve,E\0e,,,Administrator,yes,active\n"
    file = SimpleUploadedFile("users.csv", text.encode(), "text/csv")
    assert olivia.client.post("/management/users/import/", {"file": file}).status_code in (200, 400)
    assert User.objects.count() == before
    assert not AuditRow.objects.filter(event="users_imported").exists()


@pytest.mark.parametrize("model", [Session, User])
@pytest.mark.parametrize("number", ["%00", "1%00"])
def test_c35_a_zero_byte_in_an_address_of_django_admin_is_refused(model, number, root):
    """Django's way from an object to its page looks for the number of any kind of object, also where it is text."""
    root.enrol()
    kind = ContentType.objects.get_for_model(model)
    assert root.get(f"/admin/r/{kind.pk}/{number}/").status_code == 400
    assert root.get(f"/admin/accounts/user/{number}/change/").status_code == 400
