from enum import StrEnum

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.transitions import GuardedQuerySet
from recovery import states
from recovery.states import CaseState


class Category(models.TextChoices):
    TAKEN_OVER = "taken_over", _("My account was taken over")
    LOST_FACTOR = "lost_factor", _("I lost my phone or authenticator app")
    CANT_SIGN_IN = "cant_sign_in", _("I can’t sign in and don’t know why")


class Noticed(models.TextChoices):
    """What a claimant may have noticed; several of these may be true."""

    CANT_SIGN_IN = "cant_sign_in", _("I can’t sign in")
    EMAIL_CHANGED = "email_changed", _("My e-mail address was changed")
    NOT_MINE = "not_mine", _("There’s activity I don’t recognise")
    LOST_FACTOR = "lost_factor", _("I lost my phone or codes")


class Since(models.TextChoices):
    """Since when, roughly."""

    TODAY = "today", _("Today")
    DAYS = "days", _("In the last few days")
    LONGER = "longer", _("Longer ago")
    UNKNOWN = "unknown", _("I don’t know")


class RefusalReason(models.TextChoices):
    NOT_SHOWN = "not_shown", _("The caller couldn’t be confirmed as the owner")
    NO_ACCOUNT = "no_account", _("No account uses the address given")
    STAFF = "staff", _("A staff account: two admins recover it, not the desk")
    NOT_NEEDED = "not_needed", _("The account is unharmed and there’s nothing to restore")
    ABUSE = "abuse", _("The request was made to harm someone")
    DISPUTED = "disputed", _("Two people decided that the account stays with the current user")


class Case(models.Model):
    """What one claimant asked for. The claimant holds a capability; we keep only its fingerprint."""

    TRANSITIONS = states.CASE

    state = models.CharField(max_length=12, default=CaseState.WAITING)
    category = models.CharField(max_length=20, choices=Category.choices)
    capability = models.CharField(max_length=64, unique=True)
    # What the claimant typed. Whether it names an account is nothing that the claimant's page ever shows.
    email = models.EmailField(max_length=254)
    language = models.CharField(max_length=5)
    zone = models.CharField(max_length=40)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    agent = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    opened_at = models.DateTimeField()
    # Set when the account has been looked up and what the takeover touched has been frozen.
    protected_at = models.DateTimeField(null=True)
    # Strong doubt was found when the case was protected: the call is urgent.
    is_takeover = models.BooleanField(default=False)
    # What the claimant says: what they noticed, since when, and in their own words.
    noticed = ArrayField(models.CharField(max_length=20, choices=Noticed.choices), default=list)
    since = models.CharField(max_length=10, choices=Since.choices, default=Since.UNKNOWN)
    said = models.TextField(max_length=500, blank=True, default="")
    # Sessions that the caller says were not theirs: ended, and shown as a stranger's.
    strange_sessions = ArrayField(models.UUIDField(), default=list)
    # Changes that the caller says they did not make, and what the agent adds to the plan, with the reason.
    disowned = ArrayField(models.BigIntegerField(), default=list)
    also_undone = ArrayField(models.BigIntegerField(), default=list)
    also_reason = models.TextField(max_length=1000, blank=True, default="")
    # An authenticator is lost: a restore takes it out. Where none is named, all that can be are.
    has_lost = models.BooleanField(default=False)
    lost = ArrayField(models.BigIntegerField(), default=list)
    # The caller still knows the password, so that a lost authenticator is no reason to void it.
    knows_password = models.BooleanField(default=False)
    # How the account was judged when the case ended (recovery.takeover.findings): it stays a snapshot.
    findings = models.JSONField(null=True)
    # A recovery contact said that whoever asks isn't the owner: two people must agree to whatever follows.
    fraud_reported_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    # From then on the case is a snapshot: nothing later is shown with it. Null while its agent writes up.
    wrap_up_ended_at = models.DateTimeField(null=True)
    # Whoever had it in hand or took it from somebody: none of them is ever its second person.
    worked_by = ArrayField(models.BigIntegerField(), default=list)
    refusal = models.CharField(max_length=20, choices=RefusalReason.choices, blank=True)
    # A recovery code that was used as evidence is replaced (NIST SP 800-63B-4 section 4.2.1.1): sealed until
    # the claimant has looked at the new one, once.
    replacement_sealed = models.BinaryField(null=True)

    objects = GuardedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state=CaseState.WORKING, agent__isnull=False) | ~Q(state=CaseState.WORKING),
                name="recovery_case_in_work_has_an_agent",
            ),
            models.CheckConstraint(
                condition=Q(state__in=states.OPEN_CASE, closed_at__isnull=True)
                | (~Q(state__in=states.OPEN_CASE) & Q(closed_at__isnull=False)),
                name="recovery_case_closed_at_with_its_end",
            ),
            models.CheckConstraint(
                condition=Q(agent__isnull=True) | Q(account__isnull=True) | ~Q(agent=models.F("account")),
                name="recovery_nobody_works_on_their_own_account",
            ),
            models.CheckConstraint(
                condition=Q(agent__isnull=True) | Q(worked_by__contains=[models.F("agent")]),
                name="recovery_agent_has_worked_the_case",
            ),
            models.CheckConstraint(
                condition=Q(wrap_up_ended_at__isnull=True)
                | Q(closed_at__isnull=False, wrap_up_ended_at__gte=models.F("closed_at")),
                name="recovery_wrap_up_ends_after_the_case",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True)
                | Q(agent__isnull=False)
                | Q(wrap_up_ended_at__isnull=False),
                name="recovery_wrap_up_is_an_agents",
            ),
            models.CheckConstraint(
                condition=Q(noticed__contained_by=Noticed.values) & Q(since__in=Since.values),
                name="recovery_case_claim_is_known",
            ),
            models.CheckConstraint(
                condition=Q(lost=[]) | Q(has_lost=True), name="recovery_case_names_what_is_lost"
            ),
            models.CheckConstraint(
                condition=Q(also_undone=[]) | ~Q(also_reason=""), name="recovery_case_says_why_more_is_undone"
            ),
            models.UniqueConstraint(
                fields=["agent"],
                condition=Q(state=CaseState.WORKING),
                name="recovery_agent_works_on_one_case",
            ),
        ]
        indexes = [
            models.Index(
                fields=["email"], condition=Q(closed_at__isnull=True), name="recovery_case_open_email"
            ),
            models.Index(
                fields=["opened_at"], condition=Q(closed_at__isnull=True), name="recovery_case_open"
            ),
            models.Index(
                fields=["agent", "-closed_at"],
                condition=Q(closed_at__isnull=False),
                name="recovery_case_closed_by",
            ),
            models.Index(
                fields=["agent"],
                condition=Q(closed_at__isnull=False, wrap_up_ended_at__isnull=True),
                name="recovery_case_in_wrap_up",
            ),
            models.Index(fields=["opened_at"], name="recovery_case_opened"),
            models.Index(fields=["account", "-opened_at"], name="recovery_case_account"),
            models.Index(
                fields=["opened_at"], condition=Q(protected_at__isnull=True), name="recovery_case_unprotected"
            ),
        ]

    @property
    def reference(self) -> str:
        """How people name the case: on the page, on the telephone, in a letter."""
        return f"R-{self.pk:06d}"

    @property
    def is_open(self) -> bool:
        return self.state in states.OPEN_CASE

    def and_worked_by(self, person: int) -> list[int]:
        """Who has worked the case, this person included; none of them is its second person."""
        return [*(one for one in self.worked_by if one != person), person]

    @property
    def is_snapshot(self) -> bool:
        """Closed, and its agent has written up: it shows nothing that came later."""
        return self.wrap_up_ended_at is not None


class Note(models.Model):
    """What an agent wrote down. Notes are added, never changed."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    text = models.TextField(max_length=4000)


class Why(StrEnum):
    """Why a member of staff opens a case. The trail has the words."""

    IN_HAND = "in_hand"
    OWN_EARLIER_CASE = "own_earlier_case"
    SUPERVISION = "supervision"
    SECOND_PERSON = "second_person"
    LOOK = "look"
    """At a closed case, with a reason."""


class Reading(models.Model):
    """A case was opened in this session: once in the trail, however often its parts ask again.

    A look at a closed case is for a ``reason``, and for a while from ``at`` on.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="readings")
    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    session = models.UUIDField()
    why = models.CharField(max_length=16)
    reason = models.TextField(max_length=500, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "session", "why"], name="recovery_read_once_a_session_and_case"
            ),
            models.CheckConstraint(
                condition=~Q(why=Why.LOOK) | ~Q(reason=""), name="recovery_looks_have_their_reason"
            ),
        ]
