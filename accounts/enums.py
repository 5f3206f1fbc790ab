"""The words that rows of this app use for what they are.

The database refuses any other, so that here, and in the constraints of the models, each kind of authenticator
is named. Elsewhere only its folder names it, and ``accounts.authenticators.registry``.
"""

from enum import StrEnum


class Factor(StrEnum):
    """What proved the person beside the password."""

    PASSKEY = "passkey"
    TOTP = "totp"
    RECOVERY_CODE = "recovery_code"


class AuthenticatorKind(StrEnum):
    PASSKEY = "passkey"
    TOTP = "totp"
    RECOVERY_CODES = "recovery_codes"


# There for when everything else is lost: with these alone an account has no second factor for every day.
SPARE_KINDS = (AuthenticatorKind.RECOVERY_CODES,)


class IdentifierKind(StrEnum):
    """``email`` signs in; ``notice`` only hears what happens to the account, and may be several people's."""

    EMAIL = "email"
    NOTICE = "notice"


class ChangeKind(StrEnum):
    EMAIL = "email"
    PASSWORD = "password"  # noqa: S105 - the word, not a password
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"
    TOTP_ADDED = "totp_added"
    TOTP_REMOVED = "totp_removed"
    TOTP_REPLACED = "totp_replaced"
    RECOVERY_CODES = "recovery_codes"
    NOTICE_ADDED = "notice_added"
    NOTICE_REMOVED = "notice_removed"
    CONTACT_ADDED = "contact_added"
    CONTACT_REMOVED = "contact_removed"


class FreezeReason(StrEnum):
    """``call``: a request at the desk; ``objection``: *This was not me*; ``hold``: after a restore.

    ``disowned``: *This was not me*, said of a sign-in that has changed nothing.
    """

    CALL = "call"
    OBJECTION = "objection"
    HOLD = "hold"
    DISOWNED = "disowned"


class LinkReason(StrEnum):
    FORGOT = "forgot"
    RESTORED = "restored"
    STAFF = "staff"
    DISOWNED = "disowned"
