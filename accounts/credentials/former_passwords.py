"""Passwords that an account had: a voided one stays void, and none of the last five is chosen again.

A stranger who was thrown out knows the password of then, and often the one before. Only hashes are kept, for
this question alone.
"""

from accounts import passwords
from accounts.models import FormerPassword, User
from common import clock

KEPT = 5


def remember(user: User) -> None:
    """Keep the hash of the present password, which is about to go; inside the caller's transaction."""
    if not user.has_usable_password():
        return
    FormerPassword.objects.create(user=user, digest=user.password, at=clock.now())
    rows = FormerPassword.objects.filter(user=user).order_by("-at", "-pk")
    FormerPassword.objects.filter(pk__in=list(rows.values_list("pk", flat=True)[KEPT:])).delete()


def was_used(user: User, password: str) -> bool:
    """Is this the present password, or one of the last five? Costs as many hashes at most."""
    digests = [user.password] if user.has_usable_password() else []
    digests += FormerPassword.objects.filter(user=user).order_by("-at").values_list("digest", flat=True)
    return any(passwords.is_right(password, digest) for digest in digests)
