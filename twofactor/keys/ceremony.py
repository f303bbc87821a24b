"""WebAuthn's two ceremonies: the options for a browser, and whether its answer is valid (WebAuthn level 3, section 7).
Pure: plain values in and out.

`fido2` reads and verifies. What it accepts but the panel must not is rejected here: another port of the same host,
frames of other sites, algorithms that were never offered, an impossible backup state.
"""

import json
from collections.abc import Mapping
from typing import Any, cast

from cryptography.exceptions import InvalidSignature
from fido2 import cbor
from fido2.cose import RS256, CoseKey
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    AuthenticatorData,
    CollectedClientData,
    RegistrationResponse,
    UserVerificationRequirement,
)

from twofactor.keys.credentials import FAULTS, InvalidAnswer, NewKey, StoredKey, Used
from twofactor.keys.options import ALGORITHMS, server_of
from twofactor.keys.relying_party import RelyingParty

RSA_MIN_BYTES = 256
CREDENTIAL_ID_MAX_BYTES = 1023
BINARY = ("rawId", "clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle")
"""What is base64url in an answer (WebAuthn Level 3, section 5.1)."""
TRANSPORTS = frozenset({"ble", "cable", "hybrid", "internal", "nfc", "smart-card", "usb"})


def challenge_in(credential: Any) -> bytes:
    """The challenge that an answer claims to be for; raises InvalidAnswer."""
    try:
        return bytes(_answer(credential).client_data.challenge)
    except FAULTS as fault:
        raise InvalidAnswer("malformed") from fault


def credential_id_in(credential: Any) -> str:
    """The id of the key that an answer claims to come from; raises InvalidAnswer."""
    try:
        return websafe_encode(_read(AuthenticationResponse, credential).raw_id)
    except FAULTS as fault:
        raise InvalidAnswer("malformed") from fault


def subject_in(credential: Any) -> str:
    """The account that an answer claims to be of, unverified; empty if it names none. Raises InvalidAnswer."""
    try:
        handle = bytes(_read(AuthenticationResponse, credential).response.user_handle or b"")
    except FAULTS as fault:
        raise InvalidAnswer("malformed") from fault
    text = handle.decode("ascii", errors="replace")
    return text if text.isascii() and text.isprintable() else ""


def claims_verification(credential: Any) -> bool:
    """Whether an answer says that the person was verified. Trust it only after `check_use` has accepted the answer."""
    try:
        return bool(_read(AuthenticationResponse, credential).response.authenticator_data.is_user_verified())
    except FAULTS as fault:
        raise InvalidAnswer("malformed") from fault


def check_registration(credential: Any, party: RelyingParty, challenge: bytes) -> NewKey:
    """The key that this answer registers; raises InvalidAnswer."""
    try:
        answer = _read(RegistrationResponse, credential)
        data = server_of(party).register_complete(_state(challenge, required=False), answer)
        _check_client(answer.response.client_data)
        return _new_key(answer, data, credential)
    except FAULTS as fault:
        raise InvalidAnswer(str(fault)) from fault


def check_use(credential: Any, party: RelyingParty, challenge: bytes, key: StoredKey, *, passwordless: bool) -> Used:
    """What the key `key` says in this answer; raises InvalidAnswer.

    Without a password, the person must be verified and the answer must name the account.
    """
    try:
        answer = _read(AuthenticationResponse, credential)
        stored = AttestedCredentialData.create(
            bytes.fromhex(key.aaguid.replace("-", "")),
            websafe_decode(key.credential_id),
            CoseKey.parse(cast(Mapping[int, Any], cbor.decode(key.cose_key))),
        )
        server_of(party).authenticate_complete(_state(challenge, required=passwordless), [stored], answer)
        _check_client(answer.response.client_data)
        return _used(answer, key, passwordless=passwordless)
    except FAULTS as fault:
        raise InvalidAnswer(str(fault)) from fault


def _state(challenge: bytes, *, required: bool) -> dict[str, Any]:
    verification = UserVerificationRequirement.REQUIRED if required else UserVerificationRequirement.PREFERRED
    return {"challenge": websafe_encode(challenge), "user_verification": verification}


def _answer(credential: Any) -> Any:
    kind = RegistrationResponse if "attestationObject" in credential["response"] else AuthenticationResponse
    return _read(kind, credential).response


def _read(kind: Any, credential: Any) -> Any:
    """The answer as fido2 reads it, which would turn a number in place of bytes into so many zero bytes."""
    found = [part[name] for part in (credential, credential["response"]) for name in BINARY if name in part]
    if not all(isinstance(value, str | None) for value in found):
        raise TypeError("not base64url")
    return kind.from_dict(credential)


def _check_client(client_data: CollectedClientData) -> None:
    content = json.loads(client_data)
    if content.get("crossOrigin", False) is not False or "topOrigin" in content:
        raise InvalidAnswer("in a frame of another site")


def _check_backup(data: AuthenticatorData) -> None:
    if data.is_backed_up() and not data.is_backup_eligible():
        raise InvalidAnswer("backed up without being eligible")


def _new_key(answer: RegistrationResponse, data: AuthenticatorData, credential: Mapping[str, Any]) -> NewKey:
    _check_backup(data)
    found = data.credential_data
    if credential.get("type") != "public-key" or found is None or found.credential_id != answer.raw_id:
        raise InvalidAnswer("another credential")
    if not 0 < len(found.credential_id) <= CREDENTIAL_ID_MAX_BYTES:
        raise InvalidAnswer("length of the credential id")
    _check_public_key(found.public_key)
    return NewKey(
        credential_id=websafe_encode(found.credential_id),
        cose_key=cbor.encode(dict(found.public_key)),
        sign_count=data.counter,
        aaguid=str(found.aaguid),
        transports=_transports(credential),
        discoverable=_discoverable(credential),
        verified=data.is_user_verified(),
        backup_eligible=data.is_backup_eligible(),
        backed_up=data.is_backed_up(),
    )


def _check_public_key(key: CoseKey) -> None:
    """One of the algorithms that were offered, with a valid point or modulus."""
    if key.ALGORITHM not in ALGORITHMS:
        raise InvalidAnswer("an algorithm that was not offered")
    if key.ALGORITHM == RS256.ALGORITHM and len(key[-1]) < RSA_MIN_BYTES:
        raise InvalidAnswer("a short RSA key")
    try:
        key.verify(b"", b"")
    except InvalidSignature:
        return
    raise InvalidAnswer("a key that takes any signature")


def _transports(credential: Mapping[str, Any]) -> list[str]:
    """Hints for the browser's next prompt; other values are ignored."""
    found = credential["response"].get("transports")
    return sorted(TRANSPORTS.intersection(filter(lambda t: isinstance(t, str), found))) if found else []


def _discoverable(credential: Mapping[str, Any]) -> bool | None:
    """As the browser's `credProps` says; None if it says nothing."""
    said = (credential.get("clientExtensionResults") or {}).get("credProps") or {}
    resident = said.get("rk")
    return resident if isinstance(resident, bool) else None


def _used(answer: AuthenticationResponse, key: StoredKey, *, passwordless: bool) -> Used:
    data, handle = answer.response.authenticator_data, answer.response.user_handle
    _check_backup(data)
    if data.is_backup_eligible() is not key.backup_eligible:
        raise InvalidAnswer("another backup eligibility than at its registration")
    if handle and bytes(handle) != key.subject.encode():
        raise InvalidAnswer("of another account")
    if passwordless and not handle:
        raise InvalidAnswer("names no account")
    return Used(data.counter, data.is_user_verified(), data.is_backed_up())
