"""In which contract somebody works, as whom, and with which permissions."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from accounts.contracts import current
from accounts.gate.request import PanelRequest
from accounts.models import Contract, Session, User
from accounts.permissions import ALL_PERMISSIONS
from tests.factories import make_admin, make_contract, make_member, make_owner, make_role
from twofactor.session_store import SessionStore

pytestmark = pytest.mark.django_db


def request_of(user: User | AnonymousUser, chosen: Contract | None = None) -> PanelRequest:
    """The next request of this person, who has chosen a contract or none."""
    request = HttpRequest()
    request.session = SessionStore()
    request.session["anything"] = 1
    request.session.contract_id = chosen and chosen.pk
    request.session.save()
    request.session = SessionStore(request.session.session_key)
    assert request.session["anything"]
    request.user = user
    return request


def attached(request: PanelRequest) -> tuple[Contract | None, bool, bool, frozenset[str]]:
    current.attach(request)
    return request.contract, request.must_choose, request.is_owner, request.permissions


def test_a_sub_user_works_in_their_contract_whatever_was_chosen(contract):
    beta = make_contract(make_owner("other"), "Beta")
    lena = make_member(contract, role=make_role(contract, "users.show"))
    for chosen in (None, beta):
        assert attached(request_of(lena, chosen)) == (contract, False, False, {"users.show"})


def test_an_owner_works_in_their_only_contract(owner, contract):
    make_owner("other", contract="Beta")
    assert attached(request_of(owner)) == (contract, False, True, ALL_PERMISSIONS)


def test_an_owner_of_several_chooses_one_of_their_own(owner, contract):
    second, third = make_contract(owner, "Beta"), make_contract(owner, "Gamma")
    theirs = make_contract(make_owner("other"), "Delta")
    for chosen in (contract, second, third):
        assert attached(request_of(owner, chosen)) == (chosen, False, True, ALL_PERMISSIONS)
    for chosen in (None, theirs):
        assert attached(request_of(owner, chosen)) == (None, True, False, frozenset())


def test_an_owner_whose_session_has_no_row_yet_has_to_choose_as_well(owner, contract):
    make_contract(owner, "Beta")
    request = request_of(owner)
    request.session = SessionStore()
    assert attached(request) == (None, True, False, frozenset())


@pytest.mark.parametrize("who", [make_admin, AnonymousUser])
def test_nobody_elses_contract_is_there_for_admins_and_visitors(contract, who):
    visitor = who()
    for chosen in (None, contract):
        assert attached(request_of(visitor, chosen)) == (None, False, False, frozenset())


def test_what_is_chosen_stays_chosen_in_this_session_alone(owner, contract):
    second = make_contract(owner, "Beta")
    request, other = request_of(owner), request_of(owner)
    current.choose(request, second)
    request.session.save()
    assert request.session.modified
    rows = dict(Session.objects.values_list("session_key", "contract"))
    assert sorted(rows.values(), key=bool) == [None, second.pk]
    assert attached(other)[1]


@pytest.mark.parametrize(("number", "chosen"), [(0, False), (1, True), (2, False), (3, False)])
def test_at_the_login_of_an_owner_the_only_contract_is_chosen(number, chosen):
    owner = make_owner()
    Contract.objects.filter(owner=owner).delete()
    held = [make_contract(owner, name) for name in ("Alpha", "Beta", "Gamma")[:number]]
    request = request_of(owner, make_contract(make_owner("other"), "Delta"))
    current.choose_only(request, owner)
    assert request.session.contract_id == (held[0].pk if chosen else None)


def test_the_login_of_a_sub_user_chooses_nothing(owner, contract):
    request = request_of(make_member(contract))
    current.choose_only(request, make_member(contract, "nora"))
    assert request.session.contract_id is None
