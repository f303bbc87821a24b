"""The options for a browser: the JSON of WebAuthn level 3's `parse…OptionsFromJSON`."""

from collections.abc import Sequence
from typing import Any

from fido2.cose import ES256, RS256, EdDSA
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestationConveyancePreference,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialParameters,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialType,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from twofactor.keys.credentials import Descriptor
from twofactor.keys.relying_party import RelyingParty

CHALLENGE_BYTES = 32
CHALLENGE_SECONDS = 5 * 60
ALGORITHMS = (ES256.ALGORITHM, EdDSA.ALGORITHM, RS256.ALGORITHM)


def creation_options(
    party: RelyingParty, challenge: bytes, *, subject: str, username: str, name: str, known: Sequence[Descriptor]
) -> dict[str, Any]:
    """For `PublicKeyCredential.parseCreationOptionsFromJSON`."""
    options, _state = server_of(party).register_begin(
        PublicKeyCredentialUserEntity(id=subject.encode(), name=username, display_name=name),
        credentials=_descriptors(known),
        resident_key_requirement=ResidentKeyRequirement.PREFERRED,
        user_verification=UserVerificationRequirement.PREFERRED,
        challenge=challenge,
        extensions={"credProps": True},
    )
    return dict(options.public_key)


def request_options(
    party: RelyingParty, challenge: bytes, *, known: Sequence[Descriptor] | None, passwordless: bool
) -> dict[str, Any]:
    """For `PublicKeyCredential.parseRequestOptionsFromJSON`. `known` is None while the account isn't known."""
    verification = UserVerificationRequirement.REQUIRED if passwordless else UserVerificationRequirement.PREFERRED
    options, _state = server_of(party).authenticate_begin(
        credentials=None if known is None else _descriptors(known), user_verification=verification, challenge=challenge
    )
    return dict(options.public_key)


def server_of(party: RelyingParty) -> Fido2Server:
    server = Fido2Server(
        PublicKeyCredentialRpEntity(id=party.id, name=party.name),
        attestation=AttestationConveyancePreference.NONE,
        verify_origin=lambda origin: origin == party.origin,
    )
    server.timeout = CHALLENGE_SECONDS * 1000  # type: ignore[assignment]  # milliseconds
    server.allowed_algorithms = [
        PublicKeyCredentialParameters(type=PublicKeyCredentialType.PUBLIC_KEY, alg=alg) for alg in ALGORITHMS
    ]
    return server


def _descriptors(known: Sequence[Descriptor]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor.from_dict(
            {"type": "public-key", "id": key.credential_id, "transports": list(key.transports) or None}
        )
        for key in known
    ]
