from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from accounts.enums import ChangeKind
from accounts.models.authenticator import Authenticator
from accounts.models.identifier import Identifier
from accounts.models.recovery_contact import RecoveryContact
from accounts.models.user import User
from accounts.states import CHANGE_TRANSITIONS, ChangeState
from common import clock
from common.transitions import GuardedQuerySet


class CredentialChange(models.Model):
    """One change of how a person signs in: when, by which session, from where, and what came and went.

    What undo needs lies with what came and went: the former address in ``identifier_out``, the sealed key
    in ``authenticator_out``. Of a password nothing is kept: whoever changed it may know the old one too.

    What was asked for in a risky session waits first. Until then ``payload`` keeps, sealed, what it is made
    of; ``waits_until`` stays where it never took effect, and ``shown`` is what pages may show of it.
    """

    TRANSITIONS = CHANGE_TRANSITIONS

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=16)
    state = models.CharField(max_length=12, default=ChangeState.APPLIED)
    at = models.DateTimeField(default=clock.now)
    session = models.UUIDField(null=True, blank=True)
    address = models.GenericIPAddressField(null=True, blank=True)
    country = models.CharField(max_length=2, blank=True)
    browser = models.CharField(max_length=120, blank=True)
    device = models.CharField(max_length=64, blank=True, default="")
    identifier_in = models.ForeignKey(Identifier, on_delete=models.PROTECT, null=True, related_name="+")
    identifier_out = models.ForeignKey(Identifier, on_delete=models.PROTECT, null=True, related_name="+")
    authenticator_in = models.ForeignKey(Authenticator, on_delete=models.PROTECT, null=True, related_name="+")
    authenticator_out = models.ForeignKey(
        Authenticator, on_delete=models.PROTECT, null=True, related_name="+"
    )
    contact_in = models.ForeignKey(RecoveryContact, on_delete=models.PROTECT, null=True, related_name="+")
    contact_out = models.ForeignKey(RecoveryContact, on_delete=models.PROTECT, null=True, related_name="+")
    objected_at = models.DateTimeField(null=True, blank=True)
    waits_until = models.DateTimeField(null=True, blank=True)
    payload = models.BinaryField(null=True, blank=True)
    shown = models.CharField(max_length=254, blank=True, default="")
    evidence_failures = models.PositiveSmallIntegerField(default=0)
    settled_at = models.DateTimeField(null=True, blank=True)
    # The mails that told the owner's addresses of it, and when the mail server had taken all of them: only
    # from then on does time settle it.
    notices = ArrayField(models.BigIntegerField(), default=list)
    told_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[GuardedQuerySet["CredentialChange"]] = GuardedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in ChangeKind]),
                name="accounts_change_kind_is_known",
            ),
            models.CheckConstraint(
                condition=Q(state__in=list(CHANGE_TRANSITIONS)), name="accounts_change_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["pending", "stopped", "applied", "objected"], settled_at=None)
                | Q(state__in=["cancelled", "kept", "undone"], settled_at__isnull=False),
                name="accounts_change_settled_when_it_says_so",
            ),
            models.CheckConstraint(
                condition=Q(state="pending", payload__isnull=False, waits_until__isnull=False)
                | (~Q(state="pending") & Q(payload=None)),
                name="accounts_change_keeps_its_payload_while_it_waits",
            ),
            models.CheckConstraint(
                condition=~Q(state="applied") | Q(waits_until=None),
                name="accounts_applied_change_waits_no_more",
            ),
            models.CheckConstraint(
                condition=Q(waits_until=None)
                | Q(identifier_in=None, identifier_out=None, authenticator_in=None, authenticator_out=None),
                name="accounts_waiting_change_has_moved_nothing",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-at"], name="accounts_change_user"),
            models.Index(
                fields=["waits_until"], condition=Q(state="pending"), name="accounts_change_waiting"
            ),
            GinIndex(fields=["notices"], condition=Q(told_at=None), name="accounts_change_untold"),
        ]

    def __str__(self) -> str:
        return f"change {self.pk} ({self.kind})"

    @property
    def in_force(self) -> bool:
        """Has it taken effect, whether or not it was undone since?"""
        return self.waits_until is None
