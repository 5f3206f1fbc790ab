from django.db import models
from django.db.models import F, Q

from accounts.enums import AuthenticatorKind
from accounts.models.user import User
from common import clock


class Authenticator(models.Model):
    """The life of one authenticator, from binding to the shredding of what undo would need.

    A bound code app has its key in django-otp's TOTPDevice (``device``), a bound passkey its public key in
    the WebAuthnCredential whose id has the SHA-256 ``credential``. When it is removed the key moves
    into ``sealed``, so that undo can bring it back and evidence can still be checked against it.
    ``credential`` stays: nobody else binds the same id in the meantime, nor ever.

    ``last_step`` is the last 30-second step whose code was accepted, or when the challenge of the last
    accepted ceremony was made: each counts once, whichever table the key lies in. ``used_country`` and
    ``used_browser`` say from where it was used last.
    ``checked_at``: its owner has said that it is still at hand; ``reminded_at``: they were asked to look.
    ``rejected``: a restore took it out because a stranger had bound it.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="authenticators")
    kind = models.CharField(max_length=16)
    name = models.CharField(max_length=64, blank=True)
    device = models.BigIntegerField(null=True, blank=True, unique=True)
    credential = models.CharField(max_length=64, null=True, blank=True, unique=True)
    bound_at = models.DateTimeField(default=clock.now)
    removed_at = models.DateTimeField(null=True, blank=True)
    session = models.UUIDField(null=True, blank=True)
    sealed = models.BinaryField(null=True, blank=True)
    rejected = models.BooleanField(default=False)
    last_step = models.BigIntegerField(default=-1)
    used_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    used_country = models.CharField(max_length=2, blank=True, default="")
    used_browser = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in AuthenticatorKind]),
                name="accounts_authenticator_kind_is_known",
            ),
            models.CheckConstraint(
                condition=(
                    Q(kind="totp", removed_at=None, device__isnull=False, sealed=None, credential=None)
                    | Q(kind="totp", removed_at__isnull=False, device=None, credential=None)
                    | Q(kind="passkey", removed_at=None, credential__isnull=False, sealed=None, device=None)
                    | Q(kind="passkey", removed_at__isnull=False, credential__isnull=False, device=None)
                    | Q(kind="recovery_codes", device=None, sealed=None, credential=None)
                ),
                name="accounts_key_lies_in_one_place",
            ),
            models.CheckConstraint(
                condition=Q(removed_at=None, rejected=False) | Q(removed_at__gte=F("bound_at")),
                name="accounts_factor_removed_after_bound",
            ),
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(kind="recovery_codes", removed_at=None),
                name="accounts_one_set_of_recovery_codes",
            ),
        ]
        indexes = [models.Index(fields=["user", "kind"], name="accounts_authenticator_user")]

    def __str__(self) -> str:
        return f"authenticator {self.pk}"

    @property
    def has_key(self) -> bool:
        """Is there a key to check it by: that of what is bound, or what was sealed of it?"""
        bound = self.device is not None or (self.credential is not None and self.removed_at is None)
        return bound or self.sealed is not None


class RecoveryCode(models.Model):
    """One code of a set: the first characters find the row, only a salted hash is kept of the rest.

    ``sealed``: a code that was made in place of a used one, until its owner says that it is written down.
    """

    authenticator = models.ForeignKey(Authenticator, on_delete=models.CASCADE, related_name="codes")
    selector = models.CharField(max_length=3)
    digest = models.CharField(max_length=128)
    used_at = models.DateTimeField(null=True, blank=True)
    sealed = models.BinaryField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["authenticator", "selector"], name="accounts_recovery_code_selector"
            ),
            models.CheckConstraint(
                condition=Q(sealed=None) | Q(used_at=None), name="accounts_used_code_is_not_shown"
            ),
        ]

    def __str__(self) -> str:
        return f"recovery code {self.pk}"
