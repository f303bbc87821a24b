"""The verdicts by name: who stands where, and what this page answers them. Each line is a sentence of the product."""

import pytest

from accounts.gate.access import Access, Audience, Stage
from twofactor import policy
from twofactor.policy import Standing, Verdict, VerdictKind, decide

NOBODY = Standing()
AT_CODE = Standing(stages=(Stage.CODE, Stage.NEW_PASSWORD), active=True)
AT_SETUP = Standing(stages=(Stage.SETUP,), must_use=True)
IN = Standing(logged_in=True, has_contract=True)
OWED = Standing(logged_in=True, has_contract=True, must_use=True, stages=(Stage.SETUP, Stage.CONTRACT))
CHOOSING = Standing(logged_in=True, has_contract=True, stages=(Stage.CONTRACT,))
UNPROVEN = Standing(logged_in=True, has_contract=True, active=True)
PROVEN = Standing(logged_in=True, has_contract=True, active=True, verified=True)

HOME = Access(Audience.CONTRACT)
PROFILE = Access(Audience.ACCOUNT)
FRESH = Access(Audience.ACCOUNT, fresh=True)


def step(stage: Stage) -> Access:
    return Access(Audience.STEP, stage=stage, fresh=stage is Stage.SETUP)


def changed(standing: Standing, **fields) -> Standing:
    return Standing(**{**standing._asdict(), **fields})


STORIES = [
    ("a stranger inside is asked to log in", NOBODY, HOME, policy.LOGIN),
    ("a pending login inside is led to its first step", AT_CODE, HOME, policy.to(Stage.CODE)),
    ("a pending login at the profile is led to its first step", AT_SETUP, PROFILE, policy.to(Stage.SETUP)),
    ("a stranger may type a password", NOBODY, step(Stage.PASSWORD), policy.PASS),
    ("a pending login may begin again", AT_CODE, step(Stage.PASSWORD), policy.PASS),
    ("a stranger at the code step is asked to log in", NOBODY, step(Stage.CODE), policy.LOGIN),
    ("the first step opens", AT_CODE, step(Stage.CODE), policy.PASS),
    ("the second step leads back to the first", AT_CODE, step(Stage.NEW_PASSWORD), policy.to(Stage.CODE)),
    ("a setup that is not required leads back to the code", AT_CODE, step(Stage.SETUP), policy.to(Stage.CODE)),
    ("a stranger may log in with a key", NOBODY, step(Stage.KEY), policy.PASS),
    ("a key answers the code step", AT_CODE, step(Stage.KEY), policy.PASS),
    ("a key takes no other step of a pending login", AT_SETUP, step(Stage.KEY), policy.to(Stage.SETUP)),
    ("somebody logged in confirms with a key", IN, step(Stage.KEY), policy.PASS),
    ("the confirmation is no step of a pending login", AT_CODE, step(Stage.CONFIRM), policy.to(Stage.CODE)),
    (
        "somebody logged in who has a setup left is led to it from the password",
        OWED,
        step(Stage.PASSWORD),
        policy.to(Stage.SETUP),
    ),
    (
        "somebody logged in who has a setup left is led to it from the code",
        OWED,
        step(Stage.CODE),
        policy.to(Stage.SETUP),
    ),
    ("somebody logged in has nothing to do at the password", IN, step(Stage.PASSWORD), policy.LED_ON),
    ("who only has a contract to choose is led on, not to a step", CHOOSING, step(Stage.CODE), policy.LED_ON),
    ("the confirmation opens for somebody logged in", IN, step(Stage.CONFIRM), policy.PASS),
    ("the setup asks for a confirmation", IN, step(Stage.SETUP), policy.CONFIRM),
    ("the setup opens after a confirmation", changed(IN, confirmed=True), step(Stage.SETUP), policy.PASS),
    ("the setup stays open while its key lives", changed(IN, setup_open=True), step(Stage.SETUP), policy.PASS),
    ("a required setup comes before the panel", OWED, HOME, policy.to(Stage.SETUP)),
    ("a required setup comes before the profile", OWED, PROFILE, policy.to(Stage.SETUP)),
    ("the contract is chosen before the panel", CHOOSING, HOME, policy.to(Stage.CONTRACT)),
    ("the profile needs no contract", CHOOSING, PROFILE, policy.PASS),
    ("an unproven factor ends the session", UNPROVEN, HOME, policy.LOG_OUT),
    ("an unproven factor ends the session at a step too", UNPROVEN, step(Stage.CONFIRM), policy.LOG_OUT),
    ("a proven factor opens the panel", PROVEN, HOME, policy.PASS),
    ("a fresh page asks for a confirmation", IN, FRESH, policy.CONFIRM),
    ("a fresh page opens after it", changed(IN, confirmed=True), FRESH, policy.PASS),
    ("a page that is not fresh asks for none", IN, PROFILE, policy.PASS),
    ("without a contract the panel is not there", changed(IN, has_contract=False), HOME, policy.NOT_FOUND),
    ("the profile is there without a contract", changed(IN, has_contract=False), PROFILE, policy.PASS),
    ("the site of admins is closed to others", IN, Access(Audience.STAFF), policy.FORBID),
    ("the site of admins is open to them", changed(IN, staff=True), Access(Audience.STAFF), policy.PASS),
    ("what is the owner's is closed to sub-users", IN, Access(Audience.CONTRACT, owner_only=True), policy.FORBID),
    (
        "what is the owner's is open to them",
        changed(IN, owner=True),
        Access(Audience.CONTRACT, owner_only=True),
        policy.PASS,
    ),
    ("a page without its permission is closed", IN, Access(Audience.CONTRACT, permission="users.show"), policy.FORBID),
    (
        "a page with its permission is open",
        changed(IN, permissions=frozenset({"users.show"})),
        Access(Audience.CONTRACT, permission="users.show"),
        policy.PASS,
    ),
    ("who may choose switches it off", IN, Access(Audience.ACCOUNT, own_choice=True), policy.PASS),
    (
        "who must use it does not switch it off",
        changed(IN, must_use=True),
        Access(Audience.ACCOUNT, own_choice=True),
        policy.FORBID,
    ),
    ("who must use it goes everywhere else", changed(PROVEN, must_use=True), HOME, policy.PASS),
]


@pytest.mark.parametrize(("standing", "access", "verdict"), [s[1:] for s in STORIES], ids=[s[0] for s in STORIES])
def test_the_verdict_of_a_named_situation(standing, access, verdict):
    assert decide(standing, access) == verdict


def test_an_open_page_is_open_even_to_a_session_that_is_to_be_logged_out():
    assert decide(UNPROVEN, Access(Audience.OPEN)) == policy.PASS


def test_a_page_without_declaration_is_closed_to_an_owner():
    assert decide(changed(PROVEN, owner=True, staff=True), None) == policy.FORBID


@pytest.mark.parametrize(
    ("known", "left"),
    [
        ({}, (Stage.OFFER,)),
        ({"must_change_password": True}, (Stage.NEW_PASSWORD, Stage.OFFER)),
        ({"must_use": True}, (Stage.SETUP,)),
        ({"active": True, "proven": True}, ()),
        ({"active": True}, (Stage.CODE,)),
        ({"must_use": True, "active": True, "proven": True}, ()),
        ({"offered": False}, ()),
    ],
)
def test_setup_is_offered_last_and_only_to_who_has_none_and_need_not_have_one(known, left):
    facts = {"must_use": False, "active": False, "proven": False, "must_change_password": False, "offered": True}
    assert policy.login_stages(**facts | known) == left


@pytest.mark.parametrize("kind", list(VerdictKind))
def test_inside_are_exactly_those_who_have_no_step_left(kind):
    assert Verdict(kind).inside is (kind in {VerdictKind.PASS, VerdictKind.FORBID, VerdictKind.CONFIRM})


@pytest.mark.parametrize(
    ("standing", "pending_login"), [(NOBODY, False), (AT_CODE, True), (AT_SETUP, True), (IN, False), (OWED, False)]
)
def test_a_login_is_pending_while_stages_are_left_and_nobody_is_logged_in(standing, pending_login):
    assert standing.pending_login is pending_login


def test_a_standing_or_a_declaration_can_not_be_changed_by_whoever_holds_it():
    for held, name in ((IN, "logged_in"), (policy.PASS, "kind")):
        with pytest.raises(AttributeError):
            setattr(held, name, None)


def test_whoever_is_not_described_is_a_stranger_without_any_right():
    """Every field of a standing has to be granted; the defaults grant nothing."""
    assert not any(NOBODY)
