"""A passkey in software: what a phone or a security key does, and what a dishonest one could try.

It signs with P-256 as WebAuthn says (authenticator data, then the hash of the client data), and can be told
to lie about its origin, whether it has verified its person, its counter or its id.
"""

import base64
import hashlib
import json
import secrets
import struct
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

ORIGIN = "http://localhost:8000"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _fresh_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@dataclass
class Passkey:
    """One passkey, of which a copy can be made. ``counts``: many that are kept in a cloud count nothing."""

    rp: str = "localhost"
    origin: str = ORIGIN
    verifies: bool = True
    counts: bool = True
    counter: int = 0
    id: bytes = field(default_factory=lambda: secrets.token_bytes(20))
    handle: bytes = b""
    key: ec.EllipticCurvePrivateKey = field(default_factory=_fresh_key)

    def create(self, options: dict[str, Any]) -> str:
        """Answer a page that asks for a new passkey, as ``static/js/ceremony.js`` sends it."""
        self.handle = decoded(options["user"]["id"])
        client = self._client("webauthn.create", options["challenge"])
        attested = bytes(16) + struct.pack(">H", len(self.id)) + self.id + self._public()
        data = self._data(ATTESTED) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(
            clientDataJSON=encoded(client), attestationObject=encoded(attestation), transports=["internal"]
        )

    def show(self, options: dict[str, Any], **more: str) -> str:
        """Answer a page that asks for a passkey."""
        client = self._client("webauthn.get", options["challenge"])
        data = self._data()
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        parts = {
            "clientDataJSON": encoded(client),
            "authenticatorData": encoded(data),
            "signature": encoded(signature),
            "userHandle": encoded(self.handle),
        }
        return self._answer(**{**parts, **more})

    def _answer(self, **response: Any) -> str:
        return json.dumps({"id": encoded(self.id), "response": response})

    def _client(self, kind: str, challenge: str) -> bytes:
        told = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(told).encode()

    def _data(self, more: int = 0) -> bytes:
        flags = PRESENT | (VERIFIED if self.verifies else 0) | more
        self.counter += 1 if self.counts else 0
        return hashlib.sha256(self.rp.encode()).digest() + bytes([flags]) + struct.pack(">I", self.counter)

    def _public(self) -> bytes:
        """As a COSE key: EC2, ES256, P-256."""
        numbers = self.key.public_key().public_numbers()
        return cbor2.dumps(
            {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        )
