"""Time-based one-time passwords: RFC 6238 over RFC 4226, SHA-1, 6 digits, 30 seconds.

Pure: keys are bytes, time steps are integers. Digits are compared in constant time.
"""

import base64
import hmac
import re
import secrets
from collections.abc import Iterable
from hashlib import sha1
from urllib.parse import quote, urlencode

from twofactor.factors import typed

DIGITS = 6
STEP_SECONDS = 30
TOLERANCE = 1
CLOCK_HINT_STEPS = 10
KEY_BYTES = 20  # 160 bits, RFC 4226 section 4, R6

_CODE = re.compile(r"[0-9]{6}", re.ASCII)


def new_key() -> bytes:
    return secrets.token_bytes(KEY_BYTES)


def step_at(timestamp: float) -> int:
    """The number of the 30-second step that holds this Unix time."""
    return int(timestamp) // STEP_SECONDS


def parse_code(text: str) -> str | None:
    """The six ASCII digits in `text`, as `typed.bare` reads it; None for anything else."""
    bare = typed.bare(text)
    return bare if _CODE.fullmatch(bare) else None


def code_at(key: bytes, step: int) -> str:
    """The digits of one step (RFC 4226 section 5.3)."""
    digest = hmac.digest(key, step.to_bytes(8, "big"), sha1)
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def matching_step(key: bytes, code: str, now_step: int) -> int | None:
    """The latest step within the tolerance whose code this is."""
    return _find(key, code, (now_step + shift for shift in range(TOLERANCE, -TOLERANCE - 1, -1)))


def clock_offset(key: bytes, code: str, now_step: int) -> int | None:
    """How many steps (2 to 10, negative for a slow clock) a correct code is away; None for any other. Only used during
    setup."""
    distances = range(TOLERANCE + 1, CLOCK_HINT_STEPS + 1)
    shifts = [shift for distance in distances for shift in (-distance, distance)]
    found = _find(key, code, (now_step + shift for shift in shifts))
    return None if found is None else found - now_step


def _find(key: bytes, code: str, steps: Iterable[int]) -> int | None:
    """Compares with every step even after a match, so that the duration reveals nothing."""
    matches = [step for step in steps if step >= 0 and hmac.compare_digest(code_at(key, step), code)]
    return matches[0] if matches else None


def base32(key: bytes) -> str:
    """The key in base32 without padding, as apps accept it."""
    return base64.b32encode(key).decode().rstrip("=")


def groups_of_four(text: str) -> str:
    return " ".join(text[i : i + 4] for i in range(0, len(text), 4))


def otpauth(key: bytes, *, issuer: str, username: str) -> str:
    """The URI in the QR code (Key URI format): one colon, spaces as %20, no padding."""
    prefix = " ".join(issuer.replace(":", " ").split())
    label = f"{quote(prefix, safe='')}:{quote(username, safe='@')}"
    fields = {"secret": base32(key), "issuer": prefix, "algorithm": "SHA1", "digits": DIGITS, "period": STEP_SECONDS}
    return f"otpauth://totp/{label}?{urlencode(fields, quote_via=quote)}"
