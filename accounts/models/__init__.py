"""What is kept about people, their authenticators, sessions and changes. Private to this app."""

from accounts.models.authenticator import Authenticator, RecoveryCode
from accounts.models.credential_change import CredentialChange
from accounts.models.freeze import Freeze
from accounts.models.identifier import Identifier, PendingEmail
from accounts.models.password_link import PasswordLink
from accounts.models.session import Session
from accounts.models.user import User

__all__ = [
    "Authenticator",
    "CredentialChange",
    "Freeze",
    "Identifier",
    "PasswordLink",
    "PendingEmail",
    "RecoveryCode",
    "Session",
    "User",
]
