"""The methods of evidence that there are. A further one is its file and a line here."""

from accounts.authenticators import registry as authenticators
from recovery.evidence.methods.authenticator import AuthenticatorCode
from recovery.evidence.methods.base import EvidenceMethod
from recovery.evidence.methods.contact import ContactVouch
from recovery.evidence.methods.email_code import EmailCode


def every() -> list[EvidenceMethod]:
    """In the order in which an agent is offered them."""
    return [EmailCode(), *(AuthenticatorCode(kind) for kind in authenticators.KINDS), ContactVouch()]


def by_name(name: str) -> EvidenceMethod:
    return next(one for one in every() if one.name == name)
