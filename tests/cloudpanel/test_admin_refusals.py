"""What a service refuses is a sentence in Django admin, and nothing is written."""

import pytest
from django.core.exceptions import ValidationError
from django.db.models import ProtectedError

from accounts.admin import services as admin_services
from accounts.admin.base import REFUSALS, AdminError, sentence_of
from accounts.models import AuditRow, User
from accounts.origin import SERVER
from accounts.roles import services as roles
from accounts.users import services as users
from accounts.users.authority import RightGone
from tests.factories import make_admin, make_member, make_owner
from tests.meanwhile import meanwhile
from tests.people import Person, words

pytestmark = pytest.mark.django_db
SENTENCES = [
    (AdminError("Why."), "Why."),
    (ValidationError(["One.", "Two."]), "One. Two."),
    (ProtectedError("", set()), "Nothing was deleted: other entries still depend on it."),
    (users.UsernameTaken(), "Nothing was saved: this username is taken."),
    (users.RoleGone(), "Nothing was saved: this role was deleted in the meantime."),
    (RightGone(), "Nothing was changed: your permissions have just changed."),
    (roles.NameTaken(), "A role with this name already exists."),
    (roles.RoleMoved(), "Nothing was saved: somebody else changed the role in the meantime."),
    (roles.RoleInUse(), "Nothing was deleted: the role is still in use."),
]


@pytest.mark.parametrize(("refusal", "sentence"), SENTENCES, ids=lambda value: type(value).__name__)
def test_each_refusal_has_its_sentence(refusal, sentence):
    assert sentence_of(refusal) == sentence


def test_no_refusal_is_left_without_a_sentence():
    assert {type(refusal) for refusal, _ in SENTENCES} == set(REFUSALS)


def test_a_sub_user_never_becomes_an_admin():
    lena = make_member(make_owner().contracts.get())
    assert admin_services.set_admin(actor=make_admin(), target=lena, admin=True, origin=SERVER) is False
    lena.refresh_from_db()
    assert (lena.is_staff, lena.is_superuser) == (False, False)
    assert not AuditRow.objects.exists()


def test_a_contract_renamed_to_what_it_is_called_is_not_written_down():
    contract = make_owner().contracts.get()
    done = admin_services.rename_contract(actor=make_admin(), contract=contract, name=contract.name, origin=SERVER)
    assert done is False
    assert not AuditRow.objects.exists()


def test_an_account_that_changes_meanwhile_is_not_deleted():
    owner = make_owner()
    lena = make_member(owner.contracts.get())
    rita = Person(make_admin()).enrol()
    other = owner.contracts.get().roles.create(name="Other")

    def change() -> None:
        User.objects.filter(pk=lena.pk).update(role=other)

    with meanwhile(change, before='AS "a" FROM "accounts_user"'):
        answer = rita.post(f"/admin/accounts/user/{lena.pk}/delete/", {"post": "yes"})
    assert "Nothing was deleted: somebody else changed the account" in words(rita.get(answer.url))
    assert User.objects.filter(pk=lena.pk).exists()
