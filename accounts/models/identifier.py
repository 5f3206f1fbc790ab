from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from accounts.enums import IdentifierKind
from accounts.models.user import User
from accounts.states import PENDING_TRANSITIONS, PendingState
from common import clock
from common.transitions import GuardedQuerySet


class Identifier(models.Model):
    """An address that an account had or has. Rows are never deleted: undo and evidence read them.

    ``value`` is the normal form, by which addresses are compared and written to; ``typed`` is how its owner
    spelled it, which only they are shown.

    ``rejected``: a restore took it out because a stranger had bound it. It is told nothing more and never
    counts as the owner's again, in whichever case.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="identifiers")
    kind = models.CharField(max_length=8, default=IdentifierKind.EMAIL)
    value = models.CharField(max_length=254)
    typed = models.CharField(max_length=254, blank=True)
    bound_at = models.DateTimeField(default=clock.now)
    removed_at = models.DateTimeField(null=True, blank=True)
    session = models.UUIDField(null=True, blank=True)
    rejected = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in IdentifierKind]),
                name="accounts_address_kind_is_known",
            ),
            models.UniqueConstraint(
                fields=["kind", "value"],
                condition=Q(removed_at=None, kind=IdentifierKind.EMAIL),
                name="accounts_address_has_one_owner",
            ),
            models.UniqueConstraint(
                fields=["user", "kind"], condition=Q(removed_at=None), name="accounts_person_has_one_address"
            ),
            models.CheckConstraint(
                condition=Q(removed_at=None, rejected=False) | Q(removed_at__gte=F("bound_at")),
                name="accounts_address_removed_after_bound",
            ),
        ]
        indexes = [models.Index(fields=["value"], name="accounts_identifier_value")]

    def __str__(self) -> str:
        return f"identifier {self.pk}"


class PendingEmail(models.Model):
    """A new address that waits for its owner to confirm it. Only the fingerprint of the link is kept.

    ``asked_from``: where the request came from, of an address that only gets notices. Its mailbox may be
    somebody else's, whose browser says nothing about who asked.
    """

    TRANSITIONS = PENDING_TRANSITIONS

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="pending_emails")
    kind = models.CharField(max_length=8, default=IdentifierKind.EMAIL)
    address = models.EmailField()
    typed = models.CharField(max_length=254, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    session = models.UUIDField(null=True, blank=True)
    asked_from = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=12, default=PendingState.PENDING)
    made_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()

    objects: ClassVar[GuardedQuerySet["PendingEmail"]] = GuardedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind"], condition=Q(state="pending"), name="accounts_one_pending_address"
            ),
            models.CheckConstraint(
                condition=Q(state__in=list(PENDING_TRANSITIONS)), name="accounts_pending_state_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"pending address {self.pk}"
