"""What is kept about people, their authenticators, sessions and changes. Private to this app."""

from accounts.models.authenticator import Authenticator, RecoveryCode
from accounts.models.authenticator_failures import AuthenticatorFailures
from accounts.models.credential_change import CredentialChange
from accounts.models.former_password import FormerPassword
from accounts.models.freeze import Freeze
from accounts.models.identifier import Identifier, PendingEmail
from accounts.models.known_browser import KnownBrowser
from accounts.models.password_link import PasswordLink, PasswordLinkRequest
from accounts.models.recovery_contact import RecoveryContact
from accounts.models.session import Session
from accounts.models.user import User

__all__ = [
    "Authenticator",
    "AuthenticatorFailures",
    "CredentialChange",
    "FormerPassword",
    "Freeze",
    "Identifier",
    "KnownBrowser",
    "PasswordLink",
    "PasswordLinkRequest",
    "PendingEmail",
    "RecoveryCode",
    "RecoveryContact",
    "Session",
    "User",
]
