"""What the panel accepts from a key and what it refuses, byte by byte."""

import json
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from fido2.cose import ES256, ES384, RS256, EdDSA
from fido2.utils import websafe_encode
from fido2.webauthn import CollectedClientData

from tests.twofactor.keys.token import FLAG, ORIGIN, RP_ID, Token
from twofactor.keys import ceremony, options
from twofactor.keys.credentials import InvalidAnswer, StoredKey
from twofactor.keys.relying_party import RelyingParty

PARTY = RelyingParty(RP_ID, ORIGIN, "Cloud Panel", usable=True)
CHALLENGE = b"c" * 32
SUBJECT = "0123456789abcdef0123456789abcdef"
READS = (ceremony.challenge_in, ceremony.credential_id_in, ceremony.claims_verification, ceremony.subject_in)


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
    with pytest.raises(InvalidAnswer):
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
    with pytest.raises(InvalidAnswer):
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
    with pytest.raises(InvalidAnswer):
        used(token, stored, **spoilt)


REFUSED = [
    ({"cross_origin": True}, "in a frame of another site"),
    ({"topOrigin": "https://evil.example"}, "in a frame of another site"),
    ({"flags": FLAG.UP | FLAG.UV | FLAG.BS}, "backed up without being eligible"),
]
REFUSED_USE = [
    ({"flags": FLAG.UP | FLAG.UV | FLAG.BE}, "another backup eligibility than at its registration"),
    ({"handle": b"f" * 32}, "of another account"),
    ({"handle": b""}, "names no account"),
]


def why(check):
    with pytest.raises(InvalidAnswer) as refused:
        check()
    return str(refused.value)


@pytest.mark.parametrize(("spoilt", "reason"), [*REFUSED, *REFUSED_USE], ids=str)
def test_what_fido2_accepts_in_an_answer_is_refused_by_the_panel(token, stored, spoilt, reason):
    assert why(lambda: used(token, stored, **spoilt)) == reason


@pytest.mark.parametrize(("spoilt", "reason"), REFUSED, ids=str)
def test_what_fido2_accepts_in_a_registration_is_refused_by_the_panel(token, spoilt, reason):
    assert why(lambda: registered(token, **spoilt)) == reason


def check(answer):
    return ceremony.check_registration(answer, PARTY, CHALLENGE)


def test_a_registration_under_another_id_or_type_is_refused(token):
    answer, other = token.register(creation()), websafe_encode(b"another")
    assert why(lambda: check(answer | {"id": other, "rawId": other})) == "another credential"
    assert why(lambda: check(answer | {"type": "password"})) == "another credential"


@pytest.mark.parametrize(("length", "good"), [(0, False), (1, True), (1023, True), (1024, False)])
def test_the_id_of_a_key_has_a_length(length, good):
    answer = Token(credential_id=b"i" * length).register(creation())
    if good:
        assert check(answer).credential_id == websafe_encode(b"i" * length)
    else:
        assert why(lambda: check(answer)) == "length of the credential id"


def test_a_public_key_is_refused_for_what_is_wrong_with_it(token):
    assert why(lambda: registered(token, cose=KEYS["ES384"]())) == "an algorithm that was not offered"
    assert why(lambda: registered(token, cose=KEYS["a short RSA key"]())) == "a short RSA key"


def test_a_key_whose_signature_is_never_wrong_is_refused(token, monkeypatch):
    monkeypatch.setattr(ES256, "verify", lambda *_: None)
    assert why(lambda: registered(token)) == "a key that takes any signature"


def test_a_key_that_verifies_nobody_may_be_registered(token):
    token.counter = 4
    new = registered(token, flags=FLAG.UP)
    assert (new.verified, new.sign_count) == (False, 4)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [(None, []), ([], []), (["usb", "usb", "telepathy"], ["usb"]), ([["usb"], 7, None, "nfc"], ["nfc"])],
)
def test_transports_that_are_none_are_passed_over(token, sent, kept):
    answer = token.register(creation())
    answer["response"]["transports"] = sent
    assert check(answer).transports == kept


@pytest.mark.parametrize("said", [None, {}, {"credProps": None}, {"credProps": {"rk": "yes"}}])
def test_a_browser_that_does_not_say_whether_a_key_is_discoverable_is_not_made_to(token, said):
    assert check(token.register(creation()) | {"clientExtensionResults": said}).discoverable is None


def without_cross_origin(type_, challenge, more):
    """As older browsers write it."""
    return CollectedClientData(json.dumps({"type": type_, "challenge": challenge, "origin": ORIGIN}).encode())


def test_an_answer_that_says_nothing_of_frames_is_of_none(token, stored, monkeypatch):
    monkeypatch.setattr(token, "client_data", without_cross_origin)
    assert used(token, stored).verified
    assert registered(token).verified


def test_what_an_answer_claims_is_read_before_it_is_checked(token):
    for answer in (token.register(creation()), token.use(request())):
        assert ceremony.challenge_in(answer) == CHALLENGE
    assert ceremony.credential_id_in(answer) == websafe_encode(token.credential_id)
    assert ceremony.claims_verification(answer) is True
    assert ceremony.claims_verification(token.use(request(), flags=FLAG.UP)) is False


def test_beside_a_password_neither_verification_nor_a_handle_is_needed(token, stored):
    assert not used(token, stored, passwordless=False, flags=FLAG.UP, handle=b"").verified


def test_beside_a_password_the_handle_of_another_account_is_refused_all_the_same(token, stored):
    with pytest.raises(InvalidAnswer):
        used(token, stored, passwordless=False, handle=b"f" * 32)


def test_another_key_under_the_same_id_is_refused(token, stored):
    other = Token(credential_id=token.credential_id, handle=token.handle)
    with pytest.raises(InvalidAnswer):
        used(other, stored)


def test_an_answer_of_a_key_that_was_not_asked_for_is_refused(token, stored):
    with pytest.raises(InvalidAnswer):
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
        lambda: ceremony.claims_verification(rubbish),
        lambda: ceremony.check_registration(rubbish, PARTY, CHALLENGE),
        lambda: ceremony.check_use(rubbish, PARTY, CHALLENGE, stored, passwordless=False),
    ):
        with pytest.raises(InvalidAnswer):
            check()


@pytest.mark.parametrize(
    ("handle", "subject"),
    [
        (SUBJECT.encode(), SUBJECT),
        (b"", ""),
        (b"\xff" * 32, ""),
        ("ä".encode(), ""),
        (b"0123\n", ""),
        (b"0123\0", ""),
    ],
)
def test_the_account_that_an_answer_names_is_read_only_as_printable_ascii(token, stored, handle, subject):
    assert ceremony.subject_in(token.use(request(), handle=handle)) == subject


@pytest.mark.parametrize("read", READS)
def test_a_claim_that_cannot_be_read_is_malformed(read):
    assert why(lambda: read({"response": {}})) == "malformed"


@pytest.mark.parametrize("name", ["rawId", "clientDataJSON", "authenticatorData", "signature", "userHandle"])
def test_a_number_in_place_of_bytes_takes_no_memory(token, stored, name):
    """fido2 makes so many zero bytes of it."""
    answer = token.use(request())
    (answer if name in answer else answer["response"])[name] = 15_003_204_926_550
    for read in (*READS, lambda said: ceremony.check_use(said, PARTY, CHALLENGE, stored, passwordless=False)):
        with pytest.raises(InvalidAnswer):
            read(answer)


def test_a_member_of_that_name_elsewhere_hides_no_number(token):
    answer = token.use(request())
    answer["response"]["rawId"] = answer["rawId"]
    answer["rawId"] = answer["id"] = 15_003_204_926_550
    for read in READS:
        with pytest.raises(InvalidAnswer):
            read(answer)


@pytest.mark.parametrize("name", ["rawId", "clientDataJSON", "attestationObject"])
def test_a_number_in_place_of_bytes_registers_nothing(token, name):
    answer = token.register(creation())
    (answer if name in answer else answer["response"])[name] = 15_003_204_926_550
    with pytest.raises(InvalidAnswer):
        ceremony.challenge_in(answer)
    with pytest.raises(InvalidAnswer):
        ceremony.check_registration(answer, PARTY, CHALLENGE)
