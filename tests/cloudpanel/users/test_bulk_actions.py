"""What else can be done to several users at once: reset, activate, another role, invitations; and typing the number."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Role, User
from accounts.users.role_choice import ROLE_GONE
from tests.accounts.users.conftest import enter
from tests.cloudpanel.users.test_bulk import BULK, USERS, fields
from tests.factories import make_member, make_role
from tests.meanwhile import meanwhile
from tests.people import Person, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("commits")]


@pytest.fixture
def role(contract) -> Role:
    return make_role(contract, "users.show", name="Support")


@pytest.fixture
def people(contract, role) -> list[User]:
    return [make_member(contract, f"user{n}", role=role, email=f"u{n}@example.com") for n in range(3)]


def again(user: User) -> User:
    return User.objects.get(pk=user.pk)


def test_reset_clears_each_factor_and_ends_each_session(olivia, people, rows, mailoutbox):
    active = Person(people[0]).enrol()
    User.objects.filter(pk=people[2].pk).update(two_factor_required=False)
    known = len(rows())
    text = words(olivia.post(BULK, fields("reset", *people)))
    assert "2 of 3 users affected" in text
    assert "1 of 3: nothing to reset, no change User2 (user2)" in text
    assert "Make sure you are speaking to each of them before you reset." in text
    assert olivia.post(BULK, fields("reset", *people, confirm="yes")).url == USERS
    resets = [row for row in rows()[known:] if row[0] == "two_factor_reset"]
    assert resets == [("two_factor_reset", "ok", "owner", f"user{n}") for n in (0, 1)]
    assert not again(people[0]).two_factor_active
    assert again(people[0]).two_factor_required
    assert not active.is_in()
    assert ["u0@example.com"] in [mail.to for mail in mailoutbox]
    assert "2 users was reset" in words(olivia.get(USERS))


def test_reset_is_the_owners_alone(adam, people):
    answer = adam.post(BULK, fields("reset", *people, confirm="yes"))
    assert answer.status_code == 403
    assert "Only the account owner can change this." in words(answer)


@pytest.mark.parametrize("action", ["reset", "invite"])
def test_an_old_proof_is_asked_anew_and_the_selection_is_there_again(action, olivia, people, rows):
    User.objects.filter(pk__in=[user.pk for user in people]).update(password="!")
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        answer = olivia.post(f"{BULK}?state=active", fields(action, *people[:2], confirm="yes"))
        assert answer.url == "/confirm/?next=%2Fmanagement%2Fusers%2Fbulk%2F%3Fstate%3Dactive"
        assert rows() == []
        assert olivia.post(answer.url, {"password": olivia.password}).status_code == 302
        text = words(olivia.get(f"{BULK}?state=active"))
        assert "2 users are affected User0 (user0) User1 (user1)" in text


@pytest.mark.parametrize("action", ["require", "activate", "deactivate", "role", "delete"])
def test_the_others_ask_for_no_proof_as_for_one_user(action, olivia, people):
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        assert olivia.post(BULK, fields(action, *people)).status_code == 200


@pytest.fixture
def later(clock, people, olivia) -> dict[str, str]:
    """The first is planned for in a week, and the proof is too old by now. The fields for a day later."""
    User.objects.filter(pk__in=[user.pk for user in people]).update(two_factor_required=False)
    soon = timezone.now() + timedelta(days=7)
    User.objects.filter(pk=people[0].pk).update(two_factor_required=True, two_factor_required_from=soon)
    clock.shift(timedelta(minutes=6))
    return {"required_from": f"{soon + timedelta(days=1):%Y-%m-%dT%H:%M}", "required_from_zone": "UTC"}


def test_the_question_says_how_many_have_a_plan_that_is_replaced(later, olivia, people):
    said = "has a planned date already. It is replaced by what you choose below."
    assert f"1 of them {said}" in words(olivia.post(BULK, fields("require", *people)))
    assert said not in words(olivia.post(BULK, fields("require", *people[1:])))
    assert said not in words(olivia.post(BULK, fields("deactivate", *people)))


def test_to_postpone_a_plan_an_old_proof_is_asked_anew_and_what_was_typed_is_there_again(later, olivia, people, rows):
    answer = olivia.post(BULK, fields("require", *people, confirm="yes", **later))
    assert answer.url == "/confirm/?next=%2Fmanagement%2Fusers%2Fbulk%2F"
    assert rows() == []
    assert olivia.post(answer.url, {"password": olivia.password}).status_code == 302
    page = olivia.get(BULK)
    assert "3 users are affected" in words(page)
    assert f'value="{later["required_from"]}"' in page.content.decode()
    assert olivia.post(BULK, fields("require", *people, confirm="yes", **later)).url == USERS
    moments = {f"{again(user).two_factor_required_from:%Y-%m-%dT%H:%M}" for user in people}
    assert moments == {later["required_from"]}


@pytest.mark.parametrize("moment", ["at once", "earlier", "new people only", "the past"])
def test_what_postpones_no_plan_asks_for_no_proof(moment, later, olivia, people):
    earlier = f"{timezone.now() + timedelta(days=6):%Y-%m-%dT%H:%M}"
    typed = {"at once": "", "earlier": earlier, "the past": "2020-01-01T08:00"}.get(moment, later["required_from"])
    selected = people[1:] if moment == "new people only" else people
    answer = olivia.post(BULK, fields("require", *selected, confirm="yes", **later | {"required_from": typed}))
    assert (answer.status_code == 200) if moment == "the past" else (answer.url == USERS)


def test_a_foreign_id_is_missing_and_a_lacking_right_refused_before_any_proof(olivia, somebody, people):
    sam = somebody("users.show", "users.enable")
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        assert olivia.post(BULK, {"action": "reset", "ids": ["999999"]}).status_code == 404
        assert sam.post(BULK, fields("invite", *people)).status_code == 403


def test_activate_lets_them_in_again(olivia, people, rows):
    User.objects.filter(pk__in=[people[0].pk, people[1].pk]).update(is_active=False)
    text = words(olivia.post(BULK, fields("activate", *people)))
    assert "1 of 3: already active, no change User2 (user2)" in text
    olivia.post(BULK, fields("activate", *people, confirm="yes"))
    assert User.objects.filter(username__startswith="user", is_active=True).count() == 3
    assert [row for row in rows() if row[0] == "user_state"] == [
        ("user_state", "ok", "owner", f"user{n}") for n in (0, 1)
    ]
    assert "2 users were activated." in words(olivia.get(USERS))


def test_another_role_is_chosen_on_the_page_that_asks(olivia, people, contract, rows):
    other = make_role(contract, name="Other")
    User.objects.filter(pk=people[0].pk).update(role=other)
    page = olivia.post(BULK, fields("role", *people))
    assert "Change the role of these users?" in words(page)
    assert "Choose a role" not in words(page)
    answer = olivia.post(BULK, fields("role", *people, confirm="yes", role="x"))
    assert answer.status_code == 200
    assert "Select a valid choice" in words(answer)
    assert rows() == []
    olivia.post(BULK, fields("role", *people, confirm="yes", role=other.pk))
    assert set(User.objects.filter(username__startswith="user").values_list("role", flat=True)) == {other.pk}
    assert [row[:1] + row[3:] for row in rows()] == [("user_role", "user1"), ("user_role", "user2")]
    text = words(olivia.get(USERS))
    assert "The role of 2 users was changed." in text
    assert "Skipped: user0." in text


def test_nobody_gives_a_role_beyond_their_own(somebody, contract, people, rows):
    sam = somebody("users.show", "users.change_role")
    beyond = contract.roles.get(built_in=True)
    known = len(rows())
    assert sam.post(BULK, fields("role", *people, confirm="yes", role=beyond.pk)).status_code == 403
    assert [row[0] for row in rows()[known:]] == ["access_refused"]
    assert not User.objects.filter(username__startswith="user", role=beyond).exists()


def test_a_role_of_another_contract_is_no_choice(olivia, stranger, people):
    foreign = Role.objects.exclude(contract=people[0].contract).get()
    answer = olivia.post(BULK, fields("role", *people, confirm="yes", role=foreign.pk))
    assert answer.status_code == 200
    assert not User.objects.filter(role=foreign).exists()


def test_invitations_go_to_who_has_no_password_and_can_be_reached(olivia, contract, people, rows, mailoutbox):
    User.objects.filter(pk__in=[people[0].pk, people[1].pk]).update(password="!")
    far = make_member(contract, "far")
    asleep = make_member(contract, "asleep", email="a@example.com", is_active=False)
    User.objects.filter(pk__in=[far.pk, asleep.pk]).update(password="!")
    everybody = [*people, far, asleep]
    asked = olivia.post(BULK, fields("invite", *everybody))
    text = words(asked)
    assert f'href="/management/users/{far.pk}/email/"' in asked.content.decode()
    assert f"/management/users/{asleep.pk}/email/" not in asked.content.decode()
    assert "2 of 5 users affected" in text
    assert "1 of 5: password already set, no change User2 (user2)" in text
    assert "Far (far): This user has no email address" in text
    assert "Asleep (asleep): A deactivated user can&#x27;t be invited." in text
    olivia.post(BULK, fields("invite", *everybody, confirm="yes"))
    assert [row for row in rows() if row[0] == "invited"] == [("invited", "ok", "owner", f"user{n}") for n in (0, 1)]
    assert sorted(mail.to[0] for mail in mailoutbox) == ["u0@example.com", "u1@example.com"]


def test_without_mail_nobody_is_invited(olivia, people, settings):
    User.objects.filter(pk__in=[user.pk for user in people]).update(password="!")
    settings.MAIL_ENABLED = False
    text = words(olivia.post(BULK, fields("invite", *people)))
    assert "This panel can&#x27;t send email, so an invitation can&#x27;t be sent." in text
    assert "affected" not in text


@pytest.mark.parametrize(
    ("action", "permission"),
    [("activate", "users.enable"), ("role", "users.change_role"), ("invite", "users.set_password")],
)
def test_each_action_needs_its_own_right(action, permission, somebody, people, role):
    User.objects.filter(pk__in=[user.pk for user in people]).update(password="!", is_active=action != "activate")
    own = {"role": role.pk} if action == "role" else {}
    may_not = somebody("users.show", "users.delete", "users.disable", username="maynot")
    may = somebody("users.show", permission, username="may")
    assert may_not.post(BULK, fields(action, *people, confirm="yes", **own)).status_code == 403
    assert may.post(BULK, fields(action, *people, confirm="yes", **own)).url == USERS


def test_the_bar_offers_what_this_viewer_may_do(olivia, somebody, people):
    def offered(person):
        return person.get(USERS).content.decode().count('name="action"')

    assert offered(olivia) == 7
    assert offered(somebody("users.show", "users.enable", "users.change_role")) == 2


@pytest.mark.parametrize("typed", ["", "2", "4", "three", "3 users", "３", "03"])
def test_several_are_deleted_only_once_their_number_was_typed(typed, olivia, people):
    answer = olivia.post(BULK, fields("delete", *people, confirm="yes", count=typed))
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "Type 3, the number of users to delete." in page
    assert 'aria-invalid="true"' in page
    assert User.objects.filter(username__startswith="user").count() == 3
    assert olivia.post(BULK, fields("delete", *people, confirm="yes", count=" 3 ")).url == USERS
    assert not User.objects.filter(username__startswith="user").exists()


def test_one_is_deleted_without_typing(olivia, people):
    assert "How many users" not in words(olivia.post(BULK, {"action": "delete", "ids": [people[0].pk]}))
    assert olivia.post(BULK, {"action": "delete", "ids": [people[0].pk], "confirm": "yes"}).url == USERS


def test_who_was_promoted_or_lost_the_right_meanwhile_changes_nobody(contract, people):
    helper = make_role(contract, "users.show", "users.delete")
    sam = enter(make_member(contract, "sam", role=helper, two_factor_required=False))
    assert sam.post(BULK, fields("delete", *people)).status_code == 200
    Role.objects.filter(pk=helper.pk).update(permissions=["users.show"])
    assert sam.post(BULK, fields("delete", *people, confirm="yes")).status_code == 403
    Role.objects.filter(pk=helper.pk).update(permissions=["users.show", "users.delete"])
    User.objects.filter(pk=people[0].pk).update(role=contract.roles.get(built_in=True))
    answer = sam.post(BULK, fields("delete", *people, confirm="yes"))
    assert "Type 2, the number" in words(answer)
    sam.post(BULK, fields("delete", *people, confirm="yes", count=2))
    assert list(User.objects.filter(username__startswith="user").values_list("username", flat=True)) == ["user0"]


def test_a_role_that_is_deleted_in_the_very_moment_is_asked_for_again(olivia, people, contract, rows):
    other = make_role(contract, "users.show", name="Other")
    with meanwhile(other.delete, before='AS "a" FROM "accounts_role"'):
        answer = olivia.post(BULK, fields("role", *people, confirm="yes", role=other.pk))
    assert answer.status_code == 200
    assert answer.context["form"].errors["role"] == [ROLE_GONE]
    assert [row for row in rows() if row[0] == "user_role"] == []
    assert not User.objects.filter(role__isnull=True, username__startswith="user").exists()


def test_of_many_that_were_skipped_ten_are_named_and_the_others_counted(olivia, people, contract):
    more = [make_member(contract, f"more{n:02}") for n in range(12)]
    User.objects.filter(pk__in=[user.pk for user in (people[0], *more)]).update(password="!")
    olivia.post(BULK, fields("invite", people[0], *more, confirm="yes"))
    said = words(olivia.get(USERS))
    assert "Skipped: " + ", ".join(f"more{n:02}" for n in range(10)) + " and 2 others." in said
