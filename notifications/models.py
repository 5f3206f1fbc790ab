from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q

from common.transitions import GuardedQuerySet, Transitions
from notifications.states import FINAL, TRANSITIONS, DeliveryState


class DeliveryQuerySet(GuardedQuerySet["Delivery"]):
    def due(self, now: datetime) -> "DeliveryQuerySet":
        """What may be sent now: its time has come, or the worker that was sending it has died."""
        return self.filter(
            Q(state=DeliveryState.WAITING, due_at__lte=now)
            | Q(state=DeliveryState.SENDING, lease_until__lte=now)
        )


class Delivery(models.Model):
    """One mail to one address, owed from the moment of the commit that wrote this row."""

    TRANSITIONS: ClassVar[Transitions] = TRANSITIONS

    message = models.CharField(max_length=40)
    address = models.CharField(max_length=254)
    language = models.CharField(max_length=8)
    zone = models.CharField(max_length=64)
    # Links and codes pass through here: sealed, and gone as soon as nothing is owed any more.
    params = models.BinaryField(null=True)
    state = models.CharField(max_length=8, default=DeliveryState.WAITING)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    # Fixed before the first attempt, so that a mail sent again is the same mail to whoever receives it.
    message_id = models.CharField(max_length=120, unique=True)
    # What the mail's reference is looked up by (notifications.references); empty until it is first sent.
    reference_key = models.CharField(max_length=64, default="", db_default="")
    # Codes stand in place of its links (notifications.linkless).
    linkless = models.BooleanField(default=False, db_default=False)
    sent_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, default="")
    # Plain numbers: accounts and recovery stand above this app.
    account = models.BigIntegerField(null=True)
    case = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=sorted(TRANSITIONS)), name="notifications_delivery_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=sorted(FINAL), params__isnull=True)
                | (~Q(state__in=sorted(FINAL)) & Q(params__isnull=False)),
                name="notifications_delivery_keeps_secrets_only_while_owed",
            ),
            models.CheckConstraint(
                condition=Q(state=DeliveryState.SENDING, lease_until__isnull=False)
                | (~Q(state=DeliveryState.SENDING) & Q(lease_until__isnull=True)),
                name="notifications_delivery_is_leased_while_sending",
            ),
            models.CheckConstraint(
                condition=Q(state=DeliveryState.SENT, sent_at__isnull=False)
                | (~Q(state=DeliveryState.SENT) & Q(sent_at__isnull=True)),
                name="notifications_delivery_sent_has_its_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(state=DeliveryState.WAITING), name="notifications_delivery_due"
            ),
            models.Index(
                fields=["lease_until"],
                condition=Q(state=DeliveryState.SENDING),
                name="notifications_delivery_leased",
            ),
            models.Index(
                fields=["reference_key"],
                condition=~Q(reference_key=""),
                name="notifications_delivery_ref",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.message} {self.pk} ({self.state})"


class MailCode(models.Model):
    """A code that stands in a mail in place of a link (notifications.linkless), kept as a keyed hash.

    ``target`` is the link's path, encrypted by the code; ``message`` the mail that it belongs to.
    """

    digest = models.CharField(max_length=64, unique=True)
    target = models.BinaryField()
    message = models.CharField(max_length=40)
    account = models.BigIntegerField(null=True)
    case = models.BigIntegerField(null=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="notifications_code_expiry")]

    def __str__(self) -> str:
        return f"code {self.pk} of {self.message}"


class Burst(models.Model):
    """How many notices of one kind went to an address one by one since ``began_at``."""

    account = models.BigIntegerField()
    address = models.CharField(max_length=254)
    message = models.CharField(max_length=40)
    began_at = models.DateTimeField()
    sent = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "address", "message"], name="notifications_one_burst_of_a_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"burst {self.pk} of {self.message}"


class Digest(models.Model):
    """One mail that is owed at ``due_at`` for all notices that came in quick succession to one address.

    ``more``: how many came when it was full. Once the mail is queued, the row and its items are gone.
    """

    account = models.BigIntegerField()
    address = models.CharField(max_length=254)
    language = models.CharField(max_length=8)
    zone = models.CharField(max_length=64)
    due_at = models.DateTimeField()
    more = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "address"], name="notifications_one_digest_for_an_address"
            ),
        ]
        indexes = [models.Index(fields=["due_at"], name="notifications_digest_due")]

    def __str__(self) -> str:
        return f"digest {self.pk}"


class DigestItem(models.Model):
    """A notice that waits for its digest: what its own mail would have said, sealed."""

    digest = models.ForeignKey(Digest, on_delete=models.CASCADE, related_name="items")
    message = models.CharField(max_length=40)
    at = models.DateTimeField()
    params = models.BinaryField()

    class Meta:
        indexes = [models.Index(fields=["digest", "-at"], name="notifications_digest_item")]

    def __str__(self) -> str:
        return f"{self.message} in digest {self.digest_id}"
