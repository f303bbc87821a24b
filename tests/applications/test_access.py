"""Who may open an application: each rule as a row, and over all combinations what must hold for everybody let in."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from accounts.clock import SLACK
from cloudpanel.applications.access import Person, Refusal, Rules, can_open, decide, used_passkey
from cloudpanel.applications.models import Needs, Who

OWNER, LENA, CONTRACT, ELSEWHERE = 1, 2, 10, 11
APPLICATION = Rules(contract_id=CONTRACT, owner_id=OWNER, is_active=True, who=Who.EVERYBODY, needs=Needs.LOGIN)
MEMBER = Person(
    id=LENA,
    is_active=True,
    contract_id=CONTRACT,
    role_enabled=True,
    role_listed=False,
    must_use_two_factor=False,
    two_factor_active=False,
    verified=False,
)
THE_OWNER = replace(MEMBER, id=OWNER, contract_id=None, role_enabled=False)
WITH_CODE = {"two_factor_active": True, "verified": True}

ROWS = [
    ("a user of the contract", {}, {}, None),
    ("the owner, who has no role", {}, {"id": OWNER, "contract_id": None, "role_enabled": False}, None),
    ("a user of another contract", {}, {"contract_id": ELSEWHERE}, Refusal.STRANGER),
    ("an admin without a contract", {}, {"contract_id": None, "role_enabled": False}, Refusal.STRANGER),
    ("a deactivated account", {}, {"is_active": False}, Refusal.LOGIN),
    ("a login without its code", {}, {"two_factor_active": True}, Refusal.LOGIN),
    ("a disabled application", {"is_active": False}, {}, Refusal.APPLICATION_DISABLED),
    ("a disabled application, its owner", {"is_active": False}, {"id": OWNER}, Refusal.APPLICATION_DISABLED),
    ("a disabled application, a stranger", {"is_active": False}, {"contract_id": ELSEWHERE}, Refusal.STRANGER),
    ("a disabled role", {}, {"role_enabled": False}, Refusal.ROLE_DISABLED),
    ("a disabled, listed role", {"who": "roles"}, {"role_enabled": False, "role_listed": True}, Refusal.ROLE_DISABLED),
    ("a listed role", {"who": "roles"}, {"role_listed": True}, None),
    ("a role that is not listed", {"who": "roles"}, {}, Refusal.ROLE),
    ("the owner of one for some roles", {"who": "roles"}, {"id": OWNER, "contract_id": None}, None),
    ("2FA required by the owner, not set up", {}, {"must_use_two_factor": True}, Refusal.SETUP),
    ("2FA required by the owner, set up", {}, {"must_use_two_factor": True} | WITH_CODE, None),
    ("2FA needed, not set up", {"needs": "two_factor"}, {}, Refusal.SETUP),
    ("2FA needed, set up", {"needs": "two_factor"}, WITH_CODE, None),
    ("a passkey needed, 2FA not set up", {"needs": "passkey"}, {}, Refusal.SETUP),
    ("a passkey needed, only a code given", {"needs": "passkey"}, WITH_CODE, Refusal.PASSKEY),
    ("a passkey needed and used", {"needs": "passkey"}, WITH_CODE | {"used_passkey": True}, None),
    ("who is not known", {"who": "friends"}, {"role_listed": True}, Refusal.ROLE),
    ("needs that are not known", {"needs": "iris"}, WITH_CODE | {"used_passkey": True}, Refusal.PASSKEY),
]  # fmt: skip


@pytest.mark.parametrize(("rules", "person", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_the_table(rules, person, expected):
    assert decide(replace(APPLICATION, **rules), replace(MEMBER, **person)) is expected


@pytest.mark.parametrize(("rules", "person", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_who_has_only_something_left_to_do_can_open_it(rules, person, expected):
    barred = (Refusal.STRANGER, Refusal.APPLICATION_DISABLED, Refusal.ROLE_DISABLED, Refusal.ROLE)
    assert can_open(replace(APPLICATION, **rules), replace(MEMBER, **person)) is (expected not in barred)


def test_nobody_is_led_to_the_login():
    assert decide(APPLICATION, None) is Refusal.LOGIN


@pytest.mark.parametrize(
    ("minutes", "age", "expected"),
    [
        (None, timedelta(hours=12), None),
        (10, timedelta(minutes=10), None),
        (10, timedelta(minutes=10, seconds=1), Refusal.CONFIRM),
        (10, -SLACK, None),  # by a machine whose clock is a little ahead
        (10, -SLACK - timedelta(seconds=1), Refusal.CONFIRM),
        (1, timedelta(0), None),
    ],
)
def test_the_last_proof_may_not_be_older_when_it_is_opened(minutes, age, expected):
    rules = replace(APPLICATION, reauthenticate_minutes=minutes)
    assert decide(rules, MEMBER, proof_age=age) is expected
    assert decide(rules, MEMBER) is None  # and does not matter afterwards


def test_what_a_person_can_do_something_about_is_no_403():
    solved = {refusal for refusal in Refusal if refusal.can_be_solved}
    assert solved == {Refusal.LOGIN, Refusal.SETUP, Refusal.PASSKEY, Refusal.CONFIRM}


@pytest.mark.parametrize(
    ("methods", "used"),
    [
        (None, False),
        ("", False),
        ("pwd", False),
        ("pwd otp mfa", False),
        ("pwd hwk mfa", True),
        ("swk", True),
        ("hwkey", False),
    ],
)
def test_which_methods_of_a_session_stand_for_a_passkey(methods, used):
    assert used_passkey(methods) is used


def everything():
    for active, who, needs in product(
        [True, False], ["everybody", "roles", ""], ["login", "two_factor", "passkey", ""]
    ):
        rules = replace(APPLICATION, is_active=active, who=who, needs=needs)
        for whose, contract in product([OWNER, LENA], [CONTRACT, ELSEWHERE, None]):
            for flags in product([True, False], repeat=7):
                yield rules, Person(whose, flags[0], contract, *flags[1:])


def test_whoever_is_let_in_fulfils_every_condition():
    let_in = [(rules, person) for rules, person in everything() if decide(rules, person) is None]
    assert let_in
    for rules, person in let_in:
        is_owner = person.id == rules.owner_id
        assert rules.is_active
        assert person.is_active
        assert is_owner or (person.contract_id == rules.contract_id and person.role_enabled)
        assert is_owner or rules.who == "everybody" or (rules.who == "roles" and person.role_listed)
        assert person.verified or not (person.two_factor_active or person.must_use_two_factor or rules.needs != "login")
        assert rules.needs in ("login", "two_factor") or (rules.needs == "passkey" and person.used_passkey)
