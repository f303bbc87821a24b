"""Every number with a unit in docs/security.md is computed from the code, or is one that a standard asks for."""

import re
from datetime import timedelta
from math import log2

from django.conf import settings
from django.contrib.auth.password_validation import CommonPasswordValidator

import cloudpanel.settings as panel_settings
from accounts import clock
from accounts.gate import redirects
from accounts.management.commands import retention
from accounts.models.attempts import LONGEST_WAIT
from accounts.models.session_store import SESSION_KEY_LENGTH
from accounts.models.user import KNOWN_BROWSERS
from accounts.outbox import rows
from accounts.passwords.rules import OwaspArgon2Hasher
from accounts.reset import limits, links
from accounts.throttling.budgets import Budget
from cloudpanel.applications.guard import visits
from cloudpanel.applications.guard.digests import SECRET_BYTES
from cloudpanel.applications.openid import grants, jwts, tokens
from tests.docs.test_documents import DOCS
from twofactor import totp
from twofactor.factors import recovery_codes as codes
from twofactor.help import words
from twofactor.keys import bodies, challenges, options
from twofactor.login import pending_login, throttles

WORDS = {2: "two", 3: "three", 5: "five", 10: "ten", 20: "twenty", 100: "a hundred"}
UNITS = "seconds?|minutes?|hours?|days?|bits?|characters?|MiB|bytes|passwords|passes|attempts|codes|links|words"
AMOUNT = rf"\d+(?:,\d{{3}})*(?:\.\d+)?|{'|'.join(WORDS.values())}"
NUMBER = re.compile(rf"(?<![\d.])\b(?:{AMOUNT}) (?:random |wrong |free )?(?:{UNITS})\b")


def minutes(value: timedelta | int) -> int:
    return (value if isinstance(value, timedelta) else timedelta(seconds=value)) // timedelta(minutes=1)


COMMON = CommonPasswordValidator().passwords
FREE, WAIT = WORDS[Budget("", "").free], minutes(LONGEST_WAIT)
CODE_BITS = int(log2(len(codes.ALPHABET)) * codes.GROUPS * codes.GROUP_LENGTH)
SECONDS_OF_A_CODE = (2 * totp.TOLERANCE + 1) * totp.STEP_SECONDS
IDLE, LONGEST = minutes(settings.SESSION_IDLE_SECONDS), settings.SESSION_ABSOLUTE_SECONDS // 3600
LINK_HOURS = [
    links.LIFETIME_SECONDS[purpose] // 3600 for purpose in (links.LinkPurpose.RESET, links.LinkPurpose.INVITATION)
]
SAID = (
    f"{FREE} free attempts per account and address, {throttles.FREE_FOR_ACCOUNT} per account, "
    f"{throttles.FREE_FOR_ADDRESS} per address, then waits of up to {WAIT} minutes",
    f"{throttles.FREE_FOR_ACCOUNT} passwords a day for each account",
    f"No wait is longer than {LONGEST_WAIT} seconds",
    f"waits up to {WAIT} minutes while the attack lasts",
    f"at most {Budget('', '').free + throttles.FREE_FOR_KNOWN_BROWSERS} wrong codes are checked before further "
    f"ones have to wait, {FREE} from all unknown browsers together and "
    f"{WORDS[throttles.FREE_FOR_KNOWN_BROWSERS]} from all known ones",
    f"an account has at most {WORDS[KNOWN_BROWSERS]}",
    f"{WORDS[throttles.WRONG_CODES_END_LOGIN]} wrong codes in a row end the login, and person and owner are notified; "
    f"{WORDS[throttles.WRONG_CODES_REVOKE_PASSWORD]} block the password",
    f"at most {SECONDS_OF_A_CODE} seconds",
    f"so up to {SECONDS_OF_A_CODE} seconds",
    f"enters {WORDS[words.COUNT]} words that only the requesting browser shows",
    f"{WORDS[limits.FOR_TARGET].capitalize()} links per hour and address, {WORDS[limits.BY_ACCOUNT]} per hour",
    f"{IDLE} minutes idle, {LONGEST} hours at most",
    f"{IDLE} minutes without use, {LONGEST} hours in total",
    f"| {LONGEST} hours |",
    f"recovery codes are stored as digests of {CODE_BITS} bits",
    f"SHA-256 over user and code, {CODE_BITS} bits each",
    f"{CODE_BITS} bits, SHA-256",
    f"{CODE_BITS} bits need none",
    f"digests of {CODE_BITS} bits and are safe",
    f"Argon2id, {OwaspArgon2Hasher.memory_cost // 1024} MiB, {OwaspArgon2Hasher.time_cost} passes",
    f"encrypted, in the session | never | {minutes(pending_login.SETUP_LIFETIME_SECONDS)} minutes",
    f"SHA-256 of {SECRET_BYTES * 8} random bits",
    f"tickets: {visits.TICKET_LIFETIME.seconds} seconds; access tokens: {minutes(tokens.ACCESS_LIFE)} minutes; "
    f"refresh tokens: {tokens.REFRESH_LIFE.days} days",
    f"the guard's tickets ({visits.TICKET_LIFETIME.seconds} seconds, once)",
    f"has {challenges.LIVING:,} challenges of security keys at most, a session {grants.UNUSED} codes",
    f"| never | {LINK_HOURS[0]} hour (reset), {LINK_HOURS[1]} hours (invitation, new email) |",
    f"Invitations: {LINK_HOURS[1]} hours",
    f"log rows {retention.DEFAULT_DAYS} days",
    f"an answer of a key is read up to {bodies.MAX_BYTES // 1024} KiB",
    f"no answer leads to an address of more than {redirects.LONGEST:,} characters",
    f"list of {len(COMMON):,} is used, but only {sum(len(word) >= 15 for word in COMMON)} of them have 15 characters",
    f"{WORDS[throttles.WRONG_CODES_END_LOGIN]} and {WORDS[throttles.WRONG_CODES_REVOKE_PASSWORD]} wrong codes",
    f"after {WORDS[throttles.WRONG_CODES_REVOKE_PASSWORD]} wrong codes",
    f"{options.CHALLENGE_BYTES} random bytes, {WORDS[minutes(options.CHALLENGE_SECONDS)]} minutes, one use",
    f"{SESSION_KEY_LENGTH} characters of base64url, {SESSION_KEY_LENGTH * 6} bits",
    f"waits {panel_settings.MAIL_WAIT_SECONDS} seconds for it at most, and then "
    f"not again for {WORDS[rows.NOT_AGAIN_SECONDS]}",
    f"an expired hint is accepted for {jwts.HINT_SECONDS // 86400} days",
    f"{int(grants.CODE_LIFE.total_seconds())} seconds",
    f"each is valid for {tokens.REFRESH_LIFE.days} days and is replaced",
    f"within {WORDS[tokens.SIBLING_WITHIN.seconds]} seconds the same client",
    f"{WORDS[minutes(jwts.LOGOUT_TOKEN_SECONDS)]} minutes and no `nonce`",
    f"more than {WORDS[minutes(clock.SLACK)]} minutes ahead",
    f"{totp.KEY_BYTES * 8} bits, {totp.STEP_SECONDS} seconds",
)
ASKED_FOR = (
    "at least 8 characters, better 15",
    "64 characters are allowed",
    "at least 64 characters allowed",
    "at least 15 characters where",
    "at least 20 bits each",
    "look-up secrets of at least 112 bits",
    "is enough from 112 bits",
    "codes are valid for 30 seconds",
    "a challenge has at least 64 bits",
    "128 bits from a secure generator",
    "a key of at least 112 bits, six digits, a new code at least every two minutes",
)
"""What the standards say in the first columns of their rows."""
TRIED = ("at most 300 characters of a page",)
"""By the test that stands beside it."""


def test_every_number_is_computed_asked_for_or_tried():
    text = (DOCS / "security.md").read_text()
    for known in (*SAID, *ASKED_FOR, *TRIED):
        assert known in text, known
    for known in sorted((*SAID, *ASKED_FOR, *TRIED), key=len, reverse=True):
        text = text.replace(known, "")
    assert NUMBER.findall(text) == []
