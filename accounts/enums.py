"""The words that rows of this app use for what they are.

The database refuses any other, so that here, and in the constraints of the models, each kind of authenticator
is named. Elsewhere only its folder names it, and ``accounts.authenticators.registry``.
"""

from enum import StrEnum


class Factor(StrEnum):
    """What proved the person beside the password."""

    TOTP = "totp"
    RECOVERY_CODE = "recovery_code"


class AuthenticatorKind(StrEnum):
    TOTP = "totp"
    RECOVERY_CODES = "recovery_codes"


class IdentifierKind(StrEnum):
    """``email`` signs in; ``notice`` only hears what happens to the account, and may be several people's."""

    EMAIL = "email"
    NOTICE = "notice"


class ChangeKind(StrEnum):
    EMAIL = "email"
    PASSWORD = "password"  # noqa: S105 - the word, not a password
    TOTP_ADDED = "totp_added"
    TOTP_REMOVED = "totp_removed"
    TOTP_REPLACED = "totp_replaced"
    RECOVERY_CODES = "recovery_codes"
    NOTICE_ADDED = "notice_added"
    NOTICE_REMOVED = "notice_removed"
    CONTACT_ADDED = "contact_added"
    CONTACT_REMOVED = "contact_removed"


class FreezeReason(StrEnum):
    """``call``: a request at the desk; ``objection``: *This was not me*; ``hold``: after a restore."""

    CALL = "call"
    OBJECTION = "objection"
    HOLD = "hold"


class LinkReason(StrEnum):
    FORGOT = "forgot"
    RESTORED = "restored"
    STAFF = "staff"
