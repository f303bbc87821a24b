"""Several users at once: the page that says who is affected, and what a confirmation does, to nobody else."""

import re

import pytest
from django.utils import timezone

from accounts.models import User
from tests.accounts.users.conftest import enter
from tests.factories import make_admin, make_many, make_member, make_role
from tests.people import words

BULK = "/management/users/bulk/"
USERS = "/management/users/"
ACTIONS = ["require", "deactivate", "delete"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("commits")]


def state() -> list[tuple]:
    return list(User.objects.order_by("pk").values_list("pk", "is_active", "two_factor_required", "stamp"))


@pytest.fixture
def three(contract) -> list[User]:
    role = make_role(contract, "users.show")
    return [
        make_member(contract, f"user{n}", role=role, email=f"u{n}@example.com", two_factor_required=False)
        for n in range(3)
    ]


def fields(action: str, *users: User, **more) -> dict:
    number = {"count": len(users)} if action == "delete" else {}
    return {"action": action, "ids": [user.pk for user in users]} | number | more


@pytest.mark.parametrize("action", ACTIONS)
def test_first_a_page_says_who_is_affected_and_nothing_happens(olivia, three, action, rows):
    before = state()
    answer = olivia.post(BULK, fields(action, *three[:2]))
    assert answer.status_code == 200
    text = words(answer)
    assert "2 users are affected" in text
    assert "User0 (user0)" in text
    assert "User1 (user1)" in text
    assert "user2" not in text
    assert re.findall(r'name="confirm" value="(\w+)"', answer.content.decode()) == ["yes"]
    assert "Cancel" in text
    assert state() == before
    assert rows() == []


@pytest.mark.parametrize("action", ACTIONS)
def test_the_fields_of_the_page_do_it_with_one_row_each(olivia, three, action, rows, mailoutbox):
    page = olivia.post(BULK, fields(action, *three[:2])).content.decode()
    hidden = re.findall(r'<input type="hidden" name="(action|ids)" value="([^"]+)"', page)
    posted = {"action": action, "ids": [value for name, value in hidden if name == "ids"], "confirm": "yes"}
    posted |= {"count": "2"} if action == "delete" else {}
    assert len(posted["ids"]) == 2
    assert olivia.post(BULK, posted).url == USERS
    event = {"require": "two_factor_required", "deactivate": "user_state", "delete": "user_deleted"}[action]
    assert [row for row in rows() if row[0] == event] == [(event, "ok", "owner", f"user{n}") for n in (0, 1)]
    assert [m.to for m in mailoutbox] == ([] if action == "delete" else [["u0@example.com"], ["u1@example.com"]])
    left = {user.username: user for user in User.objects.filter(username__startswith="user")}
    assert not left["user2"].two_factor_required
    assert left["user2"].is_active
    done = {
        "require": lambda: all(left[f"user{n}"].two_factor_required for n in (0, 1)),
        "deactivate": lambda: not any(left[f"user{n}"].is_active for n in (0, 1)),
        "delete": lambda: set(left) == {"user2"},
    }
    assert done[action]()
    assert "2 users" in words(olivia.get(USERS))


def test_required_holds_on_the_very_next_request(olivia, three):
    browsers = [enter(user) for user in three]
    olivia.post(BULK, fields("require", *three, confirm="yes"))
    for browser in browsers:
        assert browser.get(USERS).url == "/two-factor/setup/"


def test_who_is_so_already_stays_as_they_are_without_a_row(olivia, three, rows):
    User.objects.filter(pk=three[0].pk).update(two_factor_required=True, two_factor_active_since=timezone.now())
    text = words(olivia.post(BULK, fields("require", *three)))
    assert "2 of 3 users affected" in text
    assert "1 of 3: already required, no change User0 (user0)" in text
    olivia.post(BULK, fields("require", *three, confirm="yes"))
    assert [row[3] for row in rows()] == ["user1", "user2"]


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("confirm", [{}, {"confirm": "yes"}])
def test_one_foreign_id_changes_nothing(olivia, stranger, three, owner, action, confirm):
    foreign = make_member(User.objects.get(username="stranger").contracts.get(), "foreign")
    root = make_admin()
    before = state()
    for other in (foreign.pk, owner.pk, root.pk, 999_999, 2**63, "x", "", "01", "-1", "1\0", "１"):
        posted = fields(action, *three, **confirm)
        posted["ids"].append(other)
        assert olivia.post(BULK, posted).status_code == 404
    assert state() == before


def test_to_require_2fa_is_the_owners_alone(adam, three, rows):
    before = state()
    for confirm in ({}, {"confirm": "yes"}):
        answer = adam.post(BULK, fields("require", *three, **confirm))
        assert answer.status_code == 403
        assert "Only the account owner can change this." in words(answer)
    assert state() == before
    assert rows() == [("access_refused", "refused", "adam", "")]  # the same refusal is one row a minute


@pytest.mark.parametrize(("action", "permission"), [("deactivate", "users.disable"), ("delete", "users.delete")])
def test_each_action_needs_its_own_right(somebody, three, action, permission):
    may = somebody("users.show", permission, username="may")
    other = "users.delete" if action == "deactivate" else "users.disable"
    may_not = somebody("users.show", "users.enable", other, username="maynot")
    before = state()
    assert may_not.post(BULK, fields(action, *three, confirm="yes")).status_code == 403
    assert state() == before
    assert may.post(BULK, fields(action, *three, confirm="yes")).url == USERS
    assert state() != before


@pytest.mark.parametrize("action", ["deactivate", "delete"])
def test_more_rights_than_ones_own_and_oneself_are_named_and_left_out(somebody, three, lena, action):
    sam = somebody("users.show", "users.disable", "users.delete")
    own = User.objects.get(username="sam")
    text = words(sam.post(BULK, fields(action, three[0], lena, own)))
    assert "1 of 3 users affected" in text
    assert "Lena (lena): This user has permissions that you don&#x27;t have." in text
    assert "Sam (sam): You can&#x27;t" in text
    sam.post(BULK, fields(action, three[0], lena, own, confirm="yes"))
    text = words(sam.get(USERS))
    assert "Skipped: lena, sam." in text
    assert User.objects.filter(pk__in=[lena.pk, own.pk], is_active=True).count() == 2
    assert not User.objects.filter(pk=three[0].pk, is_active=True).exists()


def test_where_all_are_refused_nothing_can_be_confirmed(somebody, lena, rows):
    sam = somebody("users.show", "users.delete")
    before, known = state(), len(rows())
    page = sam.post(BULK, fields("delete", lena))
    assert page.status_code == 200
    assert 'name="confirm"' not in page.content.decode()
    assert sam.post(BULK, fields("delete", lena, confirm="yes")).status_code == 403
    assert state() == before
    assert rows()[known:] == [("access_refused", "refused", "sam", "lena")]


def test_what_is_missing_gets_its_sentence(olivia, three):
    before = state()
    for posted, sentence in (
        ({"action": "delete", "confirm": "yes"}, "No users selected."),
        ({}, "No users selected."),
        ({"ids": [three[0].pk]}, "Choose what to do with"),
        ({"ids": [three[0].pk], "action": "explode", "confirm": "yes"}, "Choose what to do with"),
        ({"ids": [three[0].pk], "action": ["delete", "require"], "confirm": "yes"}, "Choose what to do with"),
    ):
        answer = olivia.post(BULK, posted)
        assert answer.status_code == 200
        assert sentence in words(answer)
    assert state() == before


@pytest.mark.parametrize("confirm", ["no", "YES", "", ["yes", "yes"]])
def test_only_one_yes_confirms(olivia, three, confirm):
    before = state()
    assert olivia.post(BULK, fields("delete", *three, confirm=confirm)).status_code == 200
    assert state() == before


def test_one_id_twice_is_one_user(olivia, three, rows):
    olivia.post(BULK, fields("deactivate", three[0], three[0], confirm="yes"))
    assert [row[3] for row in rows()] == ["user0"]


def test_a_get_leads_back_and_who_may_nothing_is_refused(olivia, somebody):
    assert olivia.get(BULK).url == USERS
    assert somebody("users.show").get(BULK).status_code == 403


def test_notices_that_could_not_be_mailed_are_said_once(olivia, three, settings):
    settings.MAIL_ENABLED = False
    olivia.post(BULK, fields("deactivate", *three, confirm="yes"))
    assert words(olivia.get(USERS)).count("could not be mailed") == 1


def test_at_most_1000_at_once(olivia, contract):
    people = make_many(contract, 1_001)
    answer = olivia.post(BULK, fields("delete", *people, confirm="yes"))
    assert "At most 1,000 users" in words(answer)
    assert User.objects.filter(username__startswith="many").count() == 1001


@pytest.mark.parametrize(("answer", "level"), [("yes", "info"), ("no", "success")])
def test_f30_an_answer_that_changes_nothing_is_no_success(answer, level, olivia, contract):
    lena = make_member(contract)
    page = olivia.client.post(f"/management/users/{lena.pk}/two-factor-required/", {"required": answer}, follow=True)
    assert [m.level_tag for m in page.context["messages"]] == [level]
