"""The policy over all combinations of who asks and what a view declares: one sentence a test, and it always holds."""

from itertools import product

import pytest

from accounts.gate.access import Access, Audience, Stage
from twofactor import policy
from twofactor.policy import Standing, TwoFactorState, Verdict, VerdictKind, decide

PARKED_DUTIES = (
    (),
    (Stage.CODE,),
    (Stage.NEW_PASSWORD,),
    (Stage.SETUP,),
    (Stage.CODE, Stage.NEW_PASSWORD),
    (Stage.NEW_PASSWORD, Stage.SETUP),
    (Stage.OFFER,),
    (Stage.NEW_PASSWORD, Stage.OFFER),
)
SIGNED_IN_DUTIES = ((), (Stage.SETUP,), (Stage.CONTRACT,), (Stage.SETUP, Stage.CONTRACT))
RIGHT = "users.show"
FLAGS = ("active", "verified", "staff", "must_use", "owner", "has_contract", "confirmed", "setup_open")


def standings():
    whose = [(False, stages) for stages in PARKED_DUTIES] + [(True, stages) for stages in SIGNED_IN_DUTIES]
    for (logged_in, stages), flags, rights in product(
        whose, product([False, True], repeat=len(FLAGS)), [frozenset(), frozenset({RIGHT})]
    ):
        yield Standing(logged_in=logged_in, stages=stages, permissions=rights, **dict(zip(FLAGS, flags, strict=True)))


def accesses():
    for audience, permission, owner_only, fresh, own_choice in product(
        [Audience.OPEN, Audience.ACCOUNT, Audience.CONTRACT, Audience.STAFF],
        [None, RIGHT],
        [False, True],
        [False, True],
        [False, True],
    ):
        yield Access(audience, permission=permission, owner_only=owner_only, fresh=fresh, own_choice=own_choice)
    yield from STEPS.values()


STEPS = {
    stage: Access(Audience.STEP, stage=stage, fresh=stage is Stage.SETUP)
    for stage in Stage
    if stage is not Stage.CONTRACT
}
CONTRACTS_PAGE = Access(Audience.ACCOUNT)
PAGE_OF = STEPS | {Stage.CONTRACT: CONTRACTS_PAGE}
INSIDE = (Audience.ACCOUNT, Audience.CONTRACT, Audience.STAFF)
ALL = [(standing, access, decide(standing, access)) for standing, access in product(standings(), accesses())]


def broken(rule) -> list:
    """The first combinations for which the sentence does not hold."""
    return [case for case in ALL if not rule(*case)][:3]


def test_every_combination_is_looked_at():
    assert len(ALL) == 12 * 2**9 * (4 * 16 + 7)


def test_no_declaration_lets_nobody_in():
    assert {decide(standing, None) for standing in standings()} == {policy.FORBID}


def test_an_open_page_is_open_to_everybody():
    assert not broken(lambda s, a, v: a.audience is not Audience.OPEN or v == policy.PASS)


def test_nobody_who_is_not_logged_in_passes_inside():
    assert not broken(
        lambda s, a, v: s.logged_in or a.audience not in INSIDE or v.kind in (VerdictKind.LOGIN, VerdictKind.TO)
    )


def test_nobody_half_authenticated_passes_inside():
    """Pending, or logged in under an active factor that this session has not proved."""

    def rule(s, a, v):
        half = not s.logged_in or (s.active and not s.verified)
        return not half or a.audience not in INSIDE or v.kind is not VerdictKind.PASS

    assert not broken(rule)


def test_a_session_older_than_the_factor_is_logged_out_wherever_it_goes_but_to_open_pages():
    def rule(s, a, v):
        older = s.logged_in and s.active and not s.verified
        return not older or a.audience is Audience.OPEN or v == policy.LOG_OUT

    assert not broken(rule)


def test_only_a_session_older_than_the_factor_is_logged_out():
    assert not broken(
        lambda s, a, v: v.kind is not VerdictKind.LOG_OUT or (s.logged_in and s.active and not s.verified)
    )


def test_nobody_with_a_set_up_left_passes_inside():
    assert not broken(
        lambda s, a, v: a.audience not in INSIDE or Stage.SETUP not in s.stages or v.kind is not VerdictKind.PASS
    )


def test_the_panel_of_a_contract_opens_only_after_every_stage():
    assert not broken(
        lambda s, a, v: a.audience is not Audience.CONTRACT or not s.stages or v.kind is not VerdictKind.PASS
    )


def test_a_stage_comes_before_permission_ownership_and_freshness():
    def rule(s, a, v):
        mine = s.logged_in and (s.verified or not s.active)
        led = mine and a.audience is Audience.CONTRACT and s.stages
        return not led or v == policy.to(s.stages[0])

    assert not broken(rule)


def test_nobody_is_sent_to_a_stage_that_is_already_done():
    assert not broken(lambda s, a, v: v.kind is not VerdictKind.TO or v.stage in s.stages)


def test_stages_are_asked_in_their_order():
    def rule(s, a, v):
        skips_contract = s.stages == (Stage.CONTRACT,) and a.audience is not Audience.CONTRACT
        return v.kind is not VerdictKind.TO or skips_contract or v.stage is s.stages[0]

    assert not broken(rule)


def test_only_a_verdict_to_a_stage_names_one():
    assert not broken(lambda s, a, v: (v.kind is VerdictKind.TO) is (v.stage is not None))


def test_a_pending_login_sees_only_the_step_it_is_at():
    def rule(s, a, v):
        open_now = (
            (Stage.PASSWORD, s.stages[0], *([Stage.KEY] if s.stages[0] is Stage.CODE else [])) if s.stages else ()
        )
        elsewhere = s.pending_login and a.audience is Audience.STEP and a.stage not in open_now
        return not elsewhere or v == policy.to(s.stages[0])

    assert not broken(rule)


def test_a_pending_login_may_always_begin_again():
    assert not broken(lambda s, a, v: s.logged_in or a != STEPS[Stage.PASSWORD] or v == policy.PASS)


def test_without_a_pending_login_no_other_step_opens():
    def rule(s, a, v):
        nobody = not s.logged_in and not s.pending_login
        opens = a.audience is not Audience.STEP or a.stage in (Stage.PASSWORD, Stage.KEY)
        return not nobody or opens or v == policy.LOGIN

    assert not broken(rule)


def test_confirmation_never_opens_for_somebody_who_is_not_logged_in():
    assert not broken(lambda s, a, v: a != STEPS[Stage.CONFIRM] or s.logged_in or v != policy.PASS)


def test_somebody_logged_in_never_sees_a_step_of_the_log_in():
    log_in = (Stage.PASSWORD, Stage.CODE, Stage.NEW_PASSWORD)
    assert not broken(
        lambda s, a, v: not s.logged_in or a.audience is not Audience.STEP or a.stage not in log_in or v != policy.PASS
    )


def test_the_key_is_shown_to_somebody_logged_in_only_after_a_fresh_proof():
    def rule(s, a, v):
        stale = s.logged_in and not s.confirmed and not s.setup_open
        return a != STEPS[Stage.SETUP] or not stale or v != policy.PASS

    assert not broken(rule)


def test_nobody_passes_without_the_permission():
    assert not broken(
        lambda s, a, v: a.audience not in INSIDE or a.permission in {None, *s.permissions} or v != policy.PASS
    )


def test_nobody_but_the_owner_passes_where_it_is_owner_only():
    assert not broken(lambda s, a, v: a.audience not in INSIDE or not a.owner_only or s.owner or v != policy.PASS)


def test_nobody_but_admins_passes_where_it_is_for_staff():
    assert not broken(lambda s, a, v: a.audience is not Audience.STAFF or s.staff or v != policy.PASS)


def test_nobody_without_a_contract_passes_where_one_is_needed():
    assert not broken(lambda s, a, v: a.audience is not Audience.CONTRACT or s.has_contract or v != policy.PASS)


def test_without_a_contract_a_panel_page_is_not_found_rather_than_forbidden():
    def rule(s, a, v):
        ready = s.logged_in and (s.verified or not s.active) and not s.stages
        return not ready or a.audience is not Audience.CONTRACT or s.has_contract or v == policy.NOT_FOUND

    assert not broken(rule)


def test_nobody_of_whom_it_is_required_may_switch_it_off():
    assert not broken(lambda s, a, v: a.audience not in INSIDE or not (a.own_choice and s.must_use) or v != policy.PASS)


def test_nobody_passes_a_fresh_page_without_a_fresh_proof():
    assert not broken(lambda s, a, v: a.audience not in INSIDE or not a.fresh or s.confirmed or v != policy.PASS)


def test_a_confirmation_is_asked_only_of_somebody_who_would_pass_with_it():
    """Permission and ownership come before freshness: nobody types a password only to be forbidden afterwards."""

    def rule(s, a, v):
        return v.kind is not VerdictKind.CONFIRM or decide(replaced(s, confirmed=True), a) == policy.PASS

    assert not broken(rule)


def test_being_forbidden_never_depends_on_a_confirmation():
    assert not broken(lambda s, a, v: v.kind is not VerdictKind.FORBID or decide(replaced(s, confirmed=True), a) == v)


def test_more_rights_never_close_a_page():
    def rule(s, a, v):
        return v != policy.PASS or decide(replaced(s, owner=True, permissions=frozenset({RIGHT})), a) == policy.PASS

    assert not broken(rule)


def test_the_object_is_looked_for_only_past_every_stage_and_within_a_contract():
    """404 for a stranger's id comes before 403 and before the confirmation, but never before a step of the login."""

    def rule(s, a, v):
        decided = v.kind in (VerdictKind.PASS, VerdictKind.FORBID, VerdictKind.CONFIRM)
        return v.inside is decided and (
            not v.inside
            or a.audience is not Audience.CONTRACT
            or (s.logged_in and s.has_contract and not s.stages and (s.verified or not s.active))
        )

    assert not broken(rule)


def replaced(standing: Standing, **changes) -> Standing:
    return Standing(**{**standing._asdict(), **changes})


def next_hop(standing: Standing, verdict: Verdict) -> tuple[Standing, Access] | None:
    """Where a browser lands that follows the verdict; None where it stays."""
    match verdict.kind:
        case VerdictKind.LOGIN:
            return standing, STEPS[Stage.PASSWORD]
        case VerdictKind.LOG_OUT:
            return Standing(), STEPS[Stage.PASSWORD]
        case VerdictKind.TO:
            return standing, PAGE_OF[verdict.stage]
        case VerdictKind.CONFIRM:
            return standing, STEPS[Stage.CONFIRM]
        case VerdictKind.LED_ON:
            return standing, Access(Audience.CONTRACT)
    return None


def hops(standing: Standing, access: Access) -> int:
    for count in range(10):
        following = next_hop(standing, decide(standing, access))
        if following is None:
            return count
        standing, access = following
    return 10


def test_following_the_verdicts_from_anywhere_ends_within_three_hops():
    assert not [(s, a) for s, a, v in ALL if hops(s, a) > 3][:3]


def test_from_wherever_a_stage_is_asked_its_page_opens():
    """The page of the step somebody is held at opens, or asks for the confirmation first, so they can always go on."""
    for standing in standings():
        if standing.stages and not (standing.logged_in and standing.active and not standing.verified):
            verdict = decide(standing, PAGE_OF[standing.stages[0]])
            assert verdict.kind in (VerdictKind.PASS, VerdictKind.CONFIRM), standing
            if verdict.kind is VerdictKind.CONFIRM:
                assert decide(standing, STEPS[Stage.CONFIRM]) == policy.PASS


@pytest.mark.parametrize(
    ("must_use", "active", "expected"),
    [
        (False, False, TwoFactorState.OFF),
        (True, False, TwoFactorState.PENDING),
        (False, True, TwoFactorState.ACTIVE),
        (True, True, TwoFactorState.ACTIVE),
    ],
)
def test_pending_is_required_and_not_active(must_use, active, expected):
    assert policy.state(must_use=must_use, active=active) is expected


@pytest.mark.parametrize(
    ("must_use", "active", "proven", "must_change_password"), list(product([False, True], repeat=4))
)
def test_the_stages_of_a_log_in_are_code_then_password_then_set_up(must_use, active, proven, must_change_password):
    stages = policy.login_stages(
        must_use=must_use, active=active, proven=proven, must_change_password=must_change_password
    )
    assert (Stage.CODE in stages) is (active and not proven)
    assert (Stage.NEW_PASSWORD in stages) is must_change_password
    assert (Stage.SETUP in stages) is (must_use and not active)
    assert list(stages) == sorted(stages, key=[Stage.CODE, Stage.NEW_PASSWORD, Stage.SETUP].index)
