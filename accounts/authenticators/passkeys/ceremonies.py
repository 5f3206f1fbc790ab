"""The WebAuthn ceremonies: what the browser is asked for, and whether what it has sent is right.

Nothing here knows a browser's session. What a page sends is the *credential* alone; together with the
challenge that the session held for it (``accounts.authenticators.passkeys.challenges``) it is sealed into the
``code`` that services take. So a page that forgot to ask the session could not let anybody in.

No ceremony names the passkeys of an account: a page that asks for one looks the same for everybody.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django_otp_webauthn.helpers import WebAuthnHelper
from django_otp_webauthn.models import WebAuthnCredential, WebAuthnUserHandle
from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import UserVerificationRequirement

from accounts.models import User
from common.encryption import Unreadable, seal, unseal

# An attestation that nobody asked for is small; the longest keys are RSA's.
MAX_LENGTH = 16_000
# A counter has 32 bits, its column 31.
_LARGEST = 2**31 - 1
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
_PARTS = ("clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle")
# What parsers of the library and of the standard library raise for what no browser sends.
_UNREADABLE = (WebAuthnException, ValueError, TypeError, KeyError, IndexError, RecursionError, OverflowError)


class Helper(WebAuthnHelper):  # type: ignore[misc]
    """The library's, for people who are verified by their device: each passkey stands for two factors."""

    def get_generate_registration_options_kwargs(self, *, user: User) -> dict[str, Any]:
        options: dict[str, Any] = super().get_generate_registration_options_kwargs(user=user)
        options["authenticator_selection"].user_verification = UserVerificationRequirement.REQUIRED
        return options

    def get_credential_display_name(self, user: User) -> str:
        return str(user)


@dataclass(frozen=True)
class Shown:
    """A credential as it was shown, with the challenge it was asked by and when that was made."""

    credential: Mapping[str, Any]
    challenge: str
    made_at: int

    @property
    def digest(self) -> str:
        return digest_of(base64url_to_bytes(self.credential["id"]))

    @property
    def user_handle(self) -> str:
        handle = self.credential["response"].get("userHandle", "")
        return base64url_to_bytes(handle).hex()


def digest_of(credential_id: bytes) -> str:
    """As the library names a credential."""
    return hashlib.sha256(credential_id).hexdigest()


def to_show() -> dict[str, Any]:
    """What a browser is asked for, to show any passkey of ours: the same for everybody but its challenge."""
    options, _state = Helper(None).authenticate_begin(user=None, require_user_verification=True)
    return dict(options)


def to_create(user: User) -> dict[str, Any]:
    """What a browser is asked for, to create a passkey for this person."""
    options, _state = Helper(None).register_begin(user)
    return dict(options)


def read(typed: str) -> dict[str, Any] | None:
    """What a page sent, with nothing in it that we have not asked for; None where no browser sends that."""
    try:
        sent = json.loads(typed)
        response, name = sent["response"], sent["id"]
        parts = {part: response[part] for part in _PARTS if response.get(part) is not None}
        transports = response.get("transports") or []
        if not all(isinstance(one, str) and _BASE64URL.fullmatch(one) for one in (name, *parts.values())):
            return None
        transports = [one for one in transports if isinstance(one, str) and one.isascii()][:8]
    except (*_UNREADABLE, AttributeError):
        return None
    return {
        "id": name,
        "rawId": name,
        "type": "public-key",
        "response": {**parts, "transports": [one[:32] for one in transports]},
    }


def challenge_of(credential: Mapping[str, Any]) -> str:
    """The challenge that a credential says it answers, or ""."""
    try:
        data = parse_client_data_json(base64url_to_bytes(credential["response"]["clientDataJSON"]))
    except _UNREADABLE:
        return ""
    return bytes_to_base64url(data.challenge)


def sealed(credential: Mapping[str, Any], challenge: str, made_at: int) -> str:
    """What services take as a ``code``: made where the session's challenge was taken, and nowhere else."""
    return seal({"credential": credential, "challenge": challenge, "made_at": made_at}).decode()


def opened(code: str) -> Shown | None:
    """What was sealed, or None for anything else, such as what a browser made up."""
    try:
        held = unseal(code.encode())
        shown = Shown(held["credential"], held["challenge"], held["made_at"])
        return shown if shown.digest else None
    except (Unreadable, *_UNREADABLE):
        return None


def created(user: User, code: str) -> dict[str, Any] | None:
    """The new key, plain enough to be kept anywhere (:func:`as_row`), or None where the ceremony failed."""
    shown, helper = opened(code), Helper(None)
    if shown is None:
        return None
    try:
        credential = parse_registration_credential_json(dict(shown.credential))
        response = verify_registration_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(shown.challenge),
            expected_rp_id=helper.get_relying_party_domain(),
            expected_origin=helper.get_allowed_origins(),
            require_user_verification=True,
            supported_pub_key_algs=helper.get_supported_key_algorithms(),
        )
    except _UNREADABLE:
        return None
    row = helper.create_credential(user, response, credential, dict(shown.credential))
    row.sign_count = min(row.sign_count, _LARGEST)
    return as_plain(row)


def sign_count(row: WebAuthnCredential, shown: Shown) -> int | None:
    """How often the authenticator has signed, where ``shown`` was signed by this key; else None.

    Whether that is more often than before is for the caller to see.
    """
    try:
        response = verify_authentication_response(
            credential=dict(shown.credential),
            expected_challenge=base64url_to_bytes(shown.challenge),
            expected_rp_id=settings.OTP_WEBAUTHN_RP_ID,
            expected_origin=settings.OTP_WEBAUTHN_ALLOWED_ORIGINS,
            credential_public_key=bytes(row.public_key),
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except _UNREADABLE:
        return None
    return min(int(response.new_sign_count), _LARGEST)


def is_for(shown: Shown, user_id: int) -> bool:
    """Does the passkey name this person, as every one does that a browser finds by itself?"""
    return bool(WebAuthnUserHandle.objects.filter(user=user_id, handle_hex=shown.user_handle).exists())


_KEPT = ("aaguid", "sign_count", "transports", "discoverable", "backup_eligible", "backup_state")


def as_plain(row: WebAuthnCredential) -> dict[str, Any]:
    """A library's row, to be sealed."""
    return {
        "credential_id": bytes_to_base64url(bytes(row.credential_id)),
        "public_key": bytes_to_base64url(bytes(row.public_key)),
        **{name: getattr(row, name) for name in _KEPT},
    }


def as_row(user_id: int, plain: Mapping[str, Any]) -> WebAuthnCredential:
    """What :func:`as_plain` made, as a row that is not saved."""
    return WebAuthnCredential(
        user_id=user_id,
        confirmed=True,
        credential_id=base64url_to_bytes(plain["credential_id"]),
        public_key=base64url_to_bytes(plain["public_key"]),
        **{name: plain[name] for name in _KEPT},
    )
