from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.transitions import GuardedQuerySet
from recovery import states
from recovery.models.case import Case
from recovery.states import EvidenceState


class Method(models.TextChoices):
    """What rows call the methods of ``recovery.evidence.methods``: of a kind of authenticator, its factor."""

    EMAIL_CODE = "email_code", _("Code by e-mail")
    PASSKEY = "passkey", _("Passkey")
    TOTP = "totp", _("Authenticator app")
    RECOVERY_CODE = "recovery_code", _("Recovery code")
    CONTACT = "contact", _("Recovery contact")


class Evidence(models.Model):
    """One thing that the caller was asked to show. Counts for this case and this agent only.

    ``target`` is the id of the address, authenticator or contact in ``accounts``; it counted when it was
    asked for. ``nearby``: a contact answered from the network that the request for the call came from.
    """

    TRANSITIONS = states.EVIDENCE

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="evidence")
    agent = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    method = models.CharField(max_length=15, choices=Method.choices)
    state = models.CharField(max_length=10, default=EvidenceState.ASKED)
    target = models.BigIntegerField(null=True)
    target_masked = models.CharField(max_length=100, blank=True)
    # Of a mailed code a password hash, for six digits are too few for anything quicker; of a contact's link
    # the fingerprint of its token.
    digest = models.CharField(max_length=200, blank=True)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    passed_at = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)
    nearby = models.BooleanField(default=False)

    objects = GuardedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "method"],
                condition=Q(state__in=(EvidenceState.ASKED, EvidenceState.PASSED)),
                name="recovery_one_standing_evidence_a_method",
            ),
            models.CheckConstraint(
                condition=~Q(state=EvidenceState.PASSED) | Q(passed_at__isnull=False),
                name="recovery_passed_evidence_has_its_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["digest"],
                condition=Q(method=Method.CONTACT, state=EvidenceState.ASKED),
                name="recovery_evidence_of_a_link",
            )
        ]
