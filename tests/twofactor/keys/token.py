"""A security key in Python: the bytes that a browser and a key would send, made of fido2's own types."""

import os
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import sha256, websafe_decode, websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

FLAG = AuthenticatorData.FLAG
ORIGIN, RP_ID = "http://localhost:8000", "localhost"


@dataclass
class Token:
    """One credential. Every argument of its methods spoils exactly one thing."""

    origin: str = ORIGIN
    rp_id: str = RP_ID
    flags: FLAG = FLAG.UP | FLAG.UV
    counter: int = 0
    handle: bytes = b""
    credential_id: bytes = field(default_factory=lambda: os.urandom(32))
    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def register(self, options, *, cose=None, type_="webauthn.create", flags=None, rp_id="", rk=True, **client):
        """The answer to creation options, as `PublicKeyCredential.toJSON()` writes it."""
        self.handle = websafe_decode(options["user"]["id"])
        client_data = self.client_data(type_, options["challenge"], client)
        cose = cose or ES256.from_cryptography_key(self.private.public_key())
        data = AuthenticatorData.create(
            sha256((rp_id or self.rp_id).encode()),
            (self.flags if flags is None else flags) | FLAG.AT,
            self.counter,
            AttestedCredentialData.create(b"\0" * 16, self.credential_id, cose),
        )
        response = {
            "clientDataJSON": websafe_encode(client_data),
            "attestationObject": websafe_encode(AttestationObject.create("none", data, {})),
            "transports": ["usb", "nfc"],
        }
        return self.credential(response) | {"clientExtensionResults": {"credProps": {"rk": rk}}}

    def use(self, options, *, type_="webauthn.get", flags=None, rp_id="", handle=None, signature=None, **client):
        """The answer to request options."""
        client_data = self.client_data(type_, options["challenge"], client)
        flags = self.flags if flags is None else flags
        data = AuthenticatorData.create(sha256((rp_id or self.rp_id).encode()), flags, self.counter)
        signed = self.private.sign(data + client_data.hash, ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": websafe_encode(client_data),
            "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(signed if signature is None else signature),
        }
        handle = self.handle if handle is None else handle
        return self.credential(response | ({"userHandle": websafe_encode(handle)} if handle else {}))

    def client_data(self, type_, challenge, more):
        return CollectedClientData.create(type_, challenge, more.pop("origin", self.origin), **more)

    def credential(self, response):
        name = websafe_encode(self.credential_id)
        return {"id": name, "rawId": name, "type": "public-key", "response": response, "clientExtensionResults": {}}
