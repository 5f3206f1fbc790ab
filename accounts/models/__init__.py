"""What is kept about people, their authenticators, sessions and changes. Private to this app."""

from accounts.models.authenticator import Authenticator, RecoveryCode
from accounts.models.authenticator_failures import AuthenticatorFailures
from accounts.models.credential_change import CredentialChange
from accounts.models.disowned_session import DisownedSession
from accounts.models.enrolment_link import EnrolmentLink
from accounts.models.former_password import FormerPassword
from accounts.models.freeze import Freeze
from accounts.models.identifier import Identifier, PendingEmail
from accounts.models.imported_phone import ImportedPhone
from accounts.models.known_browser import KnownBrowser
from accounts.models.password_link import PasswordLink, PasswordLinkRequest
from accounts.models.recovery_contact import RecoveryContact
from accounts.models.session import Session
from accounts.models.user import User

__all__ = [
    "Authenticator",
    "AuthenticatorFailures",
    "CredentialChange",
    "DisownedSession",
    "EnrolmentLink",
    "FormerPassword",
    "Freeze",
    "Identifier",
    "ImportedPhone",
    "KnownBrowser",
    "PasswordLink",
    "PasswordLinkRequest",
    "PendingEmail",
    "RecoveryCode",
    "RecoveryContact",
    "Session",
    "User",
]
