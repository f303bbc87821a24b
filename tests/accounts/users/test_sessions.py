"""The owner, and nobody else, ends the sessions of a user."""

from accounts.models import Session, User
from tests.accounts.users.conftest import enter, page
from tests.factories import make_member
from tests.people import words


def test_the_owner_sees_and_ends_them(olivia, contract, rows):
    nina = make_member(contract, "nina", two_factor_required=False)
    first, second = enter(nina), enter(nina)
    assert page(nina, "sessions") in olivia.get(page(nina)).content.decode()
    shown = olivia.get(page(nina, "sessions"))
    assert [session.ip for session in shown.context["listing"].page.rows] == ["127.0.0.1"] * 2
    assert "End all sessions" in words(shown)
    assert first.is_in()
    assert olivia.post(page(nina, "sessions")).url == page(nina)
    assert "2 sessions have ended." in words(olivia.get(page(nina)))
    assert not first.is_in()
    assert not second.is_in()
    assert olivia.is_in()
    assert rows()[-1] == ("sessions_ended", "ok", "owner", "nina")


def test_without_one_nothing_is_changed_and_nothing_logged(olivia, lena, rows):
    assert "This user isn't logged in anywhere." in words(olivia.get(page(lena, "sessions")))
    olivia.post(page(lena, "sessions"))
    assert "Nothing was changed" in words(olivia.get(page(lena)))
    assert rows() == []


def test_no_role_ends_sessions_and_strangers_find_nobody(adam, stranger, contract, owner, olivia):
    nina = make_member(contract, "nina", two_factor_required=False)
    enter(nina)
    for person, status in ((adam, 403), (stranger, 404)):
        assert person.get(page(nina, "sessions")).status_code == status
        assert person.post(page(nina, "sessions")).status_code == status
    assert page(nina, "sessions") not in adam.get(page(nina)).content.decode()
    assert olivia.post(page(owner, "sessions")).status_code == 404
    assert Session.objects.filter(user=User.objects.get(pk=nina.pk)).exists()
