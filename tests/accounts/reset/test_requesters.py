"""Links that somebody requested for another account, and waiting mails: both end with either account's permissions."""

import pytest
from django.db.models import F
from django.utils import timezone

from accounts.models import Role, User
from accounts.reset import links
from accounts.reset.links import Link, LinkPurpose
from tests.factories import make_member, make_role

pytestmark = pytest.mark.django_db
HELPING = ("users.set_email", "users.set_password")


@pytest.fixture
def helper(contract) -> User:
    return make_member(contract, "helper", role=make_role(contract, *HELPING))


@pytest.fixture
def nina(contract) -> User:
    return make_member(
        contract, "nina", role=make_role(contract), email="n@example.com", pending_email="new@example.com"
    )


def parts(link: str) -> list[str]:
    return link.rstrip("/").split("/")[5:]


def by_invitation(user: User, by: User | None) -> Link | None:
    uid, token = parts(links.invitation_link(user, by=by))
    return links.read_password_link(uid, token)


def by_email(user: User, by: User | None) -> Link | None:
    [token] = parts(links.email_link(user, by=by))
    return links.read_email_link(token)


WAYS = pytest.mark.parametrize("read", [by_invitation, by_email])


def change(user: User, **fields) -> None:
    User.objects.filter(pk=user.pk).update(**fields)


def lose_right(helper: User, nina: User) -> None:
    Role.objects.filter(pk=helper.role.pk).update(permissions=[])


def versions_go_up(user: User) -> None:
    Role.objects.filter(pk=user.role.pk).update(version=F("version") + 1)


CHANGES_THAT_END = {
    "right of the requester": lose_right,
    "role of the requester": lambda helper, nina: versions_go_up(helper),
    "permissions of the requester": lambda helper, nina: change(helper, rights_version=F("rights_version") + 1),
    "requester deactivated": lambda helper, nina: change(helper, is_active=False),
    "requester deleted": lambda helper, nina: helper.delete(),
    "role of the target": lambda helper, nina: versions_go_up(nina),
    "permissions of the target": lambda helper, nina: change(nina, rights_version=F("rights_version") + 1),
    "target deactivated": lambda helper, nina: change(nina, is_active=False),
    "stamp of the target": lambda helper, nina: change(nina, stamp=F("stamp") + 1),
    "email of the target": lambda helper, nina: change(nina, email="other@example.com"),
}
ENDED_BY = pytest.mark.parametrize("end", CHANGES_THAT_END.values(), ids=CHANGES_THAT_END)
IN_THE_ROW = {name: end for name, end in CHANGES_THAT_END.items() if not name.startswith(("right of", "email"))}


@WAYS
def test_a_link_names_who_requested_it(helper, nina, read):
    found, own = read(nina, helper), read(nina, None)
    assert (found.user, found.requester) == (nina, helper)
    assert (own.user, own.requester) == (nina, None)


@pytest.mark.parametrize("make", [links.invitation_link, links.email_link])
@ENDED_BY
def test_a_requested_link_ends_with_a_change_of_either_account(helper, nina, make, end):
    *uid, token = parts(make(nina, by=helper))
    end(helper, nina)
    assert (links.read_password_link(*uid, token) if uid else links.read_email_link(token)) is None


@WAYS
def test_a_request_that_its_requester_is_not_allowed_opens_nothing(nina, contract, read):
    stranger = make_member(contract, "stranger", role=make_role(contract, "logs.show"))
    assert read(nina, stranger) is None


def test_each_link_needs_its_own_right(nina, contract):
    only_email = make_member(contract, "by_email", role=make_role(contract, "users.set_email"))
    only_password = make_member(contract, "by_password", role=make_role(contract, "users.set_password"))
    assert by_email(nina, only_email)
    assert by_invitation(nina, only_email) is None
    assert by_email(nina, only_password) is None
    assert by_invitation(nina, only_password)


@pytest.mark.parametrize("make", [links.invitation_link, links.email_link])
def test_a_link_with_another_requester_written_in_or_none_is_invalid(helper, nina, owner, make):
    *uid, token = parts(make(nina, by=helper))
    for other in (f"-{owner.pk}-", "-", f"-{helper.pk + 1000}-"):
        forged = other.join(token.rsplit(f"-{helper.pk}-", 1))
        assert forged != token
        assert (links.read_password_link(*uid, forged) if uid else links.read_email_link(forged)) is None


def test_an_email_link_without_an_email_to_confirm_is_invalid(nina):
    change(nina, pending_email="")
    assert by_email(User.objects.get(pk=nina.pk), None) is None


def test_which_link_is_an_invitation(nina):
    assert links.is_invitation(parts(links.invitation_link(nina))[1])
    assert not links.is_invitation(parts(links.reset_link(nina))[1])


# What a link was read for, when it is used


@pytest.mark.parametrize("by_somebody", [True, False])
def test_the_row_is_found_while_nothing_has_changed(helper, nina, by_somebody):
    found = by_invitation(nina, helper if by_somebody else None)
    assert list(found.as_seen()) == [nina]


@pytest.mark.parametrize("end", IN_THE_ROW.values(), ids=IN_THE_ROW)
def test_the_row_is_not_found_once_something_has_changed_after_the_link_was_read(helper, nina, end):
    found = by_invitation(nina, helper)
    end(helper, nina)
    assert not found.as_seen().exists()


# Mails that wait


@pytest.mark.parametrize("purpose", [LinkPurpose.INVITATION, LinkPurpose.EMAIL])
def test_a_waiting_mail_names_both_people_while_its_link_would_work(helper, nina, purpose):
    assert links.alive(purpose, links.binding(purpose, nina, helper), nina.pk, helper.pk) == (nina, helper)
    assert links.alive(purpose, links.binding(purpose, nina), nina.pk) == (nina, None)
    assert len(links.binding(purpose, nina)) == 64, "SHA-256"


@pytest.mark.parametrize("purpose", [LinkPurpose.INVITATION, LinkPurpose.EMAIL])
@ENDED_BY
def test_a_waiting_mail_ends_with_a_change_of_either_account(helper, nina, purpose, end):
    bound, uid, asked = links.binding(purpose, nina, helper), nina.pk, helper.pk
    end(helper, nina)
    assert links.alive(purpose, bound, uid, asked) is None


def test_a_waiting_mail_serves_its_own_account_purpose_and_requester_alone(helper, nina, owner):
    bound = links.binding(LinkPurpose.INVITATION, nina, helper)
    for purpose, uid, asked in [
        (LinkPurpose.EMAIL, nina.pk, helper.pk),
        (LinkPurpose.RESET, nina.pk, helper.pk),
        (LinkPurpose.INVITATION, helper.pk, helper.pk),
        (LinkPurpose.INVITATION, nina.pk, owner.pk),
        (LinkPurpose.INVITATION, nina.pk, None),
        (LinkPurpose.INVITATION, None, helper.pk),
    ]:
        assert links.alive(purpose, bound, uid, asked) is None


def test_a_waiting_mail_of_somebody_who_may_not_is_not_sent(nina, contract):
    stranger = make_member(contract, "stranger", role=make_role(contract, "logs.show"))
    bound = links.binding(LinkPurpose.INVITATION, nina, stranger)
    assert links.alive(LinkPurpose.INVITATION, bound, nina.pk, stranger.pk) is None


def test_a_waiting_link_for_a_forgotten_password_ends_with_a_login(nina):
    bound = links.binding(LinkPurpose.RESET, nina)
    assert links.alive(LinkPurpose.RESET, bound, nina.pk) == (nina, None)
    change(nina, last_login=timezone.now())
    assert links.alive(LinkPurpose.RESET, bound, nina.pk) is None
