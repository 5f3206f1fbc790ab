"""Signing in by something that says itself whose it is, and that its holder has proved to their own device.

A stranger learns nothing: whatever is wrong, and whoever it is about, the page says the same sentence.
"""

from accounts.authenticators import registry
from accounts.enums import Factor
from accounts.models import User
from accounts.sign_in import password_check
from audit.recording import record


def person(*, factor: Factor, code: str) -> User | None:
    """Who says to be signing in. Counts the try before it looks at anything; nothing is proved by this.

    Raises:
        Throttled: too many tries from this network, or in all.
    """
    password_check.spend_network()
    owner = registry.by_factor(factor).owner
    pk = owner(code) if owner else None
    return User.objects.filter(pk=pk, is_active=True).first() if pk is not None else None


def failed(*, user: User | None, factor: Factor) -> None:
    record(
        "sign_in.failed",
        account=user.pk if user else None,
        outcome="failed",
        details={"factor": factor, "reason": "wrong"},
    )
