"""What the panel accepts from a key and what it refuses, byte by byte."""

import json
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from fido2.cose import ES256, ES384, RS256, EdDSA
from fido2.utils import websafe_encode

from tests.twofactor.keys.token import FLAG, ORIGIN, RP_ID, Token
from twofactor.keys import ceremony, options
from twofactor.keys.credentials import Refused, StoredKey
from twofactor.keys.relying_party import RelyingParty

PARTY = RelyingParty(RP_ID, ORIGIN, "Cloud Panel", usable=True)
CHALLENGE = b"c" * 32
SUBJECT = "0123456789abcdef0123456789abcdef"


def creation(challenge=CHALLENGE):
    return options.creation_options(PARTY, challenge, subject=SUBJECT, username="lena", name="Lena Lang", known=[])


def request(challenge=CHALLENGE):
    return options.request_options(PARTY, challenge, known=None, passwordless=True)


def registered(token, **more):
    return ceremony.check_registration(token.register(creation(), **more), PARTY, CHALLENGE)


@pytest.fixture
def token():
    return Token()


@pytest.fixture
def stored(token):
    new = registered(token)
    return StoredKey(new.credential_id, new.cose_key, new.aaguid, new.backup_eligible, SUBJECT)


def used(token, stored, *, passwordless=True, challenge=CHALLENGE, **more):
    answer = token.use(request(challenge), **more)
    return ceremony.check_use(answer, PARTY, CHALLENGE, stored, passwordless=passwordless)


def test_the_options_offer_what_the_specification_settles():
    asked = json.loads(json.dumps(creation()))
    assert [entry["alg"] for entry in asked["pubKeyCredParams"]] == [-7, -8, -257]
    assert (asked["rp"], asked["attestation"]) == ({"id": RP_ID, "name": "Cloud Panel"}, "none")
    assert asked["authenticatorSelection"]["userVerification"] == "preferred"
    assert (asked["timeout"], asked["user"]["id"]) == (300_000, websafe_encode(SUBJECT.encode()))
    assert asked["extensions"] == {"credProps": True}
    assert (request()["userVerification"], "allowCredentials" in request()) == ("required", False)


def test_a_registration_tells_what_the_key_says_of_itself(token):
    new = registered(token, flags=FLAG.UP | FLAG.UV | FLAG.BE | FLAG.BS)
    assert new.credential_id == websafe_encode(token.credential_id)
    assert (new.verified, new.backup_eligible, new.backed_up, new.discoverable) == (True, True, True, True)
    assert new.transports == ["nfc", "usb"]


@pytest.mark.parametrize(
    "spoilt",
    [
        {"origin": "https://localhost:8000"},
        {"origin": "http://localhost"},
        {"origin": "http://localhost:8001"},
        {"origin": "http://panel.localhost:8000"},
        {"rp_id": "example.com"},
        {"type_": "webauthn.get"},
        {"flags": FLAG.UV},
        {"flags": FLAG.UP | FLAG.BS},
        {"cross_origin": True},
        {"topOrigin": "https://evil.example"},
    ],
    ids=str,
)
def test_a_registration_is_refused(token, spoilt):
    with pytest.raises(Refused):
        registered(token, **spoilt)


KEYS = {
    "ES384": lambda: ES384.from_cryptography_key(ec.generate_private_key(ec.SECP384R1()).public_key()),
    "a short RSA key": lambda: RS256.from_cryptography_key(rsa.generate_private_key(65537, 1024).public_key()),
    "a point beside the curve": lambda: ES256({1: 2, 3: -7, -1: 1, -2: b"\1" * 32, -3: b"\2" * 32}),
    "no point at all": lambda: ES256({1: 2, 3: -7, -1: 1}),
    "text for a number": lambda: ES256({1: 2, 3: -7, -1: 1, -2: "x", -3: "y"}),
    "a short Edwards point": lambda: EdDSA({1: 1, 3: -8, -1: 6, -2: b"\1" * 31}),
}


@pytest.mark.parametrize("made", KEYS.values(), ids=KEYS)
def test_a_public_key_that_was_not_offered_or_is_tampered_with_is_refused(token, made):
    with pytest.raises(Refused):
        registered(token, cose=made())


GOOD_KEYS = {
    "EdDSA": lambda: EdDSA.from_cryptography_key(ed25519.Ed25519PrivateKey.generate().public_key()),
    "RS256": lambda: RS256.from_cryptography_key(rsa.generate_private_key(65537, 2048).public_key()),
}


@pytest.mark.parametrize("made", GOOD_KEYS.values(), ids=GOOD_KEYS)
def test_the_other_algorithms_that_are_offered_are_accepted(token, made):
    assert registered(token, cose=made()).credential_id


def test_a_right_answer_tells_how_the_key_was_used(token, stored):
    token.counter = 7
    seen = used(token, stored)
    assert (seen.sign_count, seen.verified, seen.backed_up) == (7, True, False)


@pytest.mark.parametrize(
    "spoilt",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://localhost:8001"},
        {"rp_id": "example.com"},
        {"type_": "webauthn.create"},
        {"challenge": b"d" * 32},
        {"flags": FLAG.UV},
        {"flags": FLAG.UP},
        {"flags": FLAG.UP | FLAG.UV | FLAG.BE},
        {"flags": FLAG.UP | FLAG.UV | FLAG.BS},
        {"handle": b"f" * 32},
        {"handle": b""},
        {"signature": b"no signature"},
        {"signature": b""},
        {"cross_origin": True},
        {"topOrigin": "http://localhost:8000"},
    ],
    ids=str,
)
def test_an_answer_without_a_password_is_refused(token, stored, spoilt):
    with pytest.raises(Refused):
        used(token, stored, **spoilt)


def test_beside_a_password_neither_verification_nor_a_handle_is_needed(token, stored):
    assert not used(token, stored, passwordless=False, flags=FLAG.UP, handle=b"").verified


def test_beside_a_password_the_handle_of_another_account_is_refused_all_the_same(token, stored):
    with pytest.raises(Refused):
        used(token, stored, passwordless=False, handle=b"f" * 32)


def test_another_key_under_the_same_id_is_refused(token, stored):
    other = Token(credential_id=token.credential_id, handle=token.handle)
    with pytest.raises(Refused):
        used(other, stored)


def test_an_answer_of_a_key_that_was_not_asked_for_is_refused(token, stored):
    with pytest.raises(Refused):
        used(token, replace(stored, credential_id=websafe_encode(b"another")))


RUBBISH = [
    None, 7, "x", [], {}, {"response": None}, {"response": {}}, {"response": {"clientDataJSON": "e30"}},
    {"id": "AA", "rawId": "AB", "type": "public-key", "response": {}},
    {"id": "AA", "rawId": "AA", "type": "public-key", "response": {"clientDataJSON": "W10", "attestationObject": "oA"}},
    {"id": "AA", "rawId": "AA", "type": "public-key", "response": {"clientDataJSON": "e30", "authenticatorData": "AA",
                                                                    "signature": "AA"}},
]  # fmt: skip


@pytest.mark.parametrize("rubbish", RUBBISH, ids=str)
def test_rubbish_is_refused_and_never_an_error(rubbish, stored):
    for check in (
        lambda: ceremony.challenge_in(rubbish),
        lambda: ceremony.credential_id_in(rubbish),
        lambda: ceremony.check_registration(rubbish, PARTY, CHALLENGE),
        lambda: ceremony.check_use(rubbish, PARTY, CHALLENGE, stored, passwordless=False),
    ):
        with pytest.raises(Refused):
            check()
