"""What the ceremonies know about a key, as plain values."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm


class InvalidAnswer(Exception):
    """The answer is malformed, forged or for somebody else. The text is for tests, never for pages."""


@dataclass(frozen=True)
class Descriptor:
    """What a browser is told about a registered key."""

    credential_id: str
    transports: Sequence[str]


@dataclass(frozen=True)
class NewKey:
    credential_id: str
    cose_key: bytes
    sign_count: int
    aaguid: str
    transports: list[str]
    discoverable: bool | None
    verified: bool
    backup_eligible: bool
    backed_up: bool


@dataclass(frozen=True)
class StoredKey:
    credential_id: str
    cose_key: bytes
    aaguid: str
    backup_eligible: bool
    subject: str
    """Of the account that owns the key: its user handle."""


@dataclass(frozen=True)
class Used:
    """What a key said when it was used."""

    sign_count: int
    verified: bool
    backed_up: bool


# Everything that fido2's readers come to over bytes that anybody can send.
FAULTS = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    RecursionError,
    struct.error,
    UnsupportedAlgorithm,
    InvalidSignature,
    InvalidAnswer,
)
