from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models.user import User
from accounts.states import CONTACT_TRANSITIONS, ContactState
from common import clock
from common.transitions import GuardedQuerySet


class RecoveryContact(models.Model):
    """Somebody whom an owner trusts to say that it is them. They need no account.

    ``name`` is what the owner calls them. ``digest`` is of the link by which they accept, decline and resign.
    Rows are never deleted: undo and evidence read them. ``rejected``: as for an address.
    """

    TRANSITIONS = CONTACT_TRANSITIONS

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="contacts")
    name = models.CharField(max_length=80)
    value = models.CharField(max_length=254)
    typed = models.CharField(max_length=254, blank=True)
    note = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=12, default=ContactState.INVITED)
    digest = models.CharField(max_length=64, unique=True)
    session = models.UUIDField(null=True, blank=True)
    added_at = models.DateTimeField(default=clock.now)
    invited_at = models.DateTimeField(default=clock.now)
    accepted_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    rejected = models.BooleanField(default=False)

    objects: ClassVar[GuardedQuerySet["RecoveryContact"]] = GuardedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "value"], condition=Q(removed_at=None), name="accounts_contact_is_named_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=list(CONTACT_TRANSITIONS)), name="accounts_contact_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["invited", "declined"], accepted_at=None)
                | Q(state__in=["accepted", "resigned"], accepted_at__isnull=False),
                name="accounts_contact_accepted_when_it_says_so",
            ),
            models.CheckConstraint(
                condition=Q(rejected=False) | Q(removed_at__isnull=False),
                name="accounts_rejected_contact_is_removed",
            ),
        ]
        indexes = [models.Index(fields=["user"], name="accounts_contact_user")]

    def __str__(self) -> str:
        return f"recovery contact {self.pk}"

    @property
    def bound_at(self) -> datetime:
        """From when it can count: before they accepted it is nobody's word."""
        return self.accepted_at or self.added_at
