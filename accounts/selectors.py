"""Reading: the only way in which other apps see people, their addresses, and what happened to their accounts.

What they have bound beside is in ``accounts.authenticators.selectors``. What counts as the owner's is said by
the doubt about the account (``accounts.doubt``).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.utils.translation import get_language

from accounts.doubt.judgement import Doubt
from accounts.doubt.selectors import address_key
from accounts.doubt.signals import Reason
from accounts.enums import ChangeKind, FreezeReason, IdentifierKind
from accounts.limits import ASKED_ABOUT_OTHERS, FAMILIAR_AFTER, FAMILIAR_FOR, UNDO_PERIOD
from accounts.models import (
    CredentialChange,
    Freeze,
    Identifier,
    KnownBrowser,
    PendingEmail,
    Session,
    User,
)
from accounts.roles import ROLE_PERMISSIONS, Role
from accounts.states import ChangeState
from common import clock
from common.email_addresses import mask, normal, normal_or_none
from common.network import networks_of
from common.text import mask_name


@dataclass(frozen=True)
class AccountSummary:
    id: int
    name: str
    email_masked: str
    role: str
    language: str
    zone: str
    languages: tuple[str, ...]
    joined_at: datetime
    is_active: bool
    is_staff_member: bool


@dataclass(frozen=True)
class Colleague:
    """Somebody of staff, as a mail to them needs it."""

    id: int
    email: str
    language: str
    zone: str


@dataclass(frozen=True)
class BoundAddress:
    """``signs_in``: the others only hear what happens to the account."""

    id: int
    masked: str
    value: str
    bound_at: datetime
    removed_at: datetime | None
    signs_in: bool = True


@dataclass(frozen=True)
class ChangeSeen:
    """``waits_until``: of a change that has not taken effect, and never will unless it is pending."""

    id: int
    kind: str
    state: str
    at: datetime
    session: UUID | None
    address: str | None
    country: str
    browser: str
    detail: str
    waits_until: datetime | None

    @property
    def in_force(self) -> bool:
        return self.waits_until is None


@dataclass(frozen=True)
class SessionSeen:
    id: UUID
    started_at: datetime
    seen_at: datetime
    verified_at: datetime | None
    factor: str
    address: str | None
    country: str
    browser: str
    ended_at: datetime | None
    end_reason: str
    risk: tuple[Reason, ...]
    disowned: bool = False


@dataclass(frozen=True)
class FreezeSeen:
    id: int
    reason: FreezeReason
    placed_at: datetime
    until: datetime
    case: int | None


def find_account(address: str) -> int | None:
    """Whose address this is, or was last. Addresses that a restore rejected lead nowhere."""
    value = normal_or_none(address)
    return find_accounts([value]).get(value) if value else None


def find_accounts(addresses: Collection[str]) -> dict[str, int]:
    """:func:`find_account` for many addresses in their normal form; those that lead nowhere are missing."""
    owners = (
        Identifier.objects.filter(
            kind=IdentifierKind.EMAIL, value__in=addresses, rejected=False, user__is_active=True
        )
        .order_by("value", F("removed_at").desc(nulls_first=True), "-id")
        .distinct("value")
    )
    return dict(owners.values_list("value", "user"))


def accounts_of_address(text: str) -> list[int]:
    """Every account that has or ever had this address, also where a restore rejected it."""
    return list(
        Identifier.objects.filter(value=normal_or_none(text)).values_list("user", flat=True).distinct()
    )


def summary(user_id: int) -> AccountSummary:
    """
    Raises:
        User.DoesNotExist: there is no such account.
    """
    user = User.objects.get(pk=user_id)
    return AccountSummary(
        id=user.pk,
        name=user.name_for(get_language() or "en"),
        email_masked=mask(user.email),
        role=user.role,
        language=user.language,
        zone=user.zone,
        languages=tuple(user.languages),
        joined_at=user.joined_at,
        is_active=user.is_active,
        is_staff_member=user.is_staff_member,
    )


def _address(row: Identifier) -> BoundAddress:
    signs_in = row.kind == IdentifierKind.EMAIL
    return BoundAddress(row.pk, mask(row.value), row.value, row.bound_at, row.removed_at, signs_in)


def addresses_that_count(user_id: int, doubt: Doubt) -> list[BoundAddress]:
    """The addresses, removed since or not, that count as the owner's for who asks."""
    rows = Identifier.objects.filter(user=user_id).order_by("bound_at", "pk")
    return [_address(row) for row in rows if doubt.counts(address_key(row.pk))]


def addresses_of_last_days(user_id: int, days: int = 30) -> list[BoundAddress]:
    """Every address that the account has or had in the last ``days``, newest first: whom a change is told."""
    since = clock.now() - UNDO_PERIOD * days / 30
    rows = Identifier.objects.filter(
        Q(removed_at=None) | Q(removed_at__gte=since), user=user_id, rejected=False
    )
    return [_address(row) for row in rows.order_by("-bound_at", "-id")]


_SHOWN = (
    "identifier_in",
    "identifier_out",
    "authenticator_in",
    "authenticator_out",
    "contact_in",
    "contact_out",
)


def _change(row: CredentialChange) -> ChangeSeen:
    detail = row.shown
    if row.identifier_in:
        detail = mask(row.identifier_in.value)
    elif bound := row.authenticator_in or row.authenticator_out:
        detail = bound.name
    elif contact := row.contact_in or row.contact_out:
        detail = mask_name(contact.name)
    elif row.identifier_out:
        detail = mask(row.identifier_out.value)
    return ChangeSeen(
        id=row.pk,
        kind=row.kind,
        state=row.state,
        at=row.at,
        session=row.session,
        address=row.address,
        country=row.country,
        browser=row.browser,
        detail=detail,
        waits_until=row.waits_until,
    )


def changes_since(user_id: int, since: datetime) -> list[ChangeSeen]:
    """The changes of sign-in details at or after ``since``, oldest first."""
    rows = CredentialChange.objects.filter(user=user_id, at__gte=since).order_by("at", "id")
    return [_change(row) for row in rows.select_related(*_SHOWN)]


def waiting_changes(user_id: int) -> list[ChangeSeen]:
    """What was asked for and takes effect later, the next one first."""
    rows = CredentialChange.objects.filter(user=user_id, state=ChangeState.PENDING)
    return [_change(row) for row in rows.select_related(*_SHOWN).order_by("waits_until", "pk")]


def change(change_id: int) -> ChangeSeen | None:
    return changes_named([change_id]).get(change_id)


def changes_named(ids: Collection[int]) -> dict[int, ChangeSeen]:
    """These changes by their id."""
    rows = CredentialChange.objects.select_related(*_SHOWN)
    return {row.pk: _change(row) for row in rows.filter(pk__in=ids)}


def sessions_of(user_id: int, since: datetime | None = None) -> list[SessionSeen]:
    """The verified sessions that began at or after ``since``, newest first."""
    rows = Session.objects.filter(user=user_id, verified_at__isnull=False).annotate(
        is_disowned=Q(disowned__isnull=False, disowned__confirmed_at=None)
    )
    if since is not None:
        rows = rows.filter(started_at__gte=since)
    return [session_seen(row) for row in rows.order_by("-started_at")]


def open_sessions(user_id: int) -> list[SessionSeen]:
    rows = Session.objects.filter(user=user_id, ended_at=None, verified_at__isnull=False)
    return [session_seen(row) for row in rows.order_by("-seen_at")]


def session_seen(row: Session) -> SessionSeen:
    return SessionSeen(
        row.pk,
        row.started_at,
        row.seen_at,
        row.verified_at,
        row.factor,
        row.address,
        row.country,
        row.browser,
        row.ended_at,
        row.end_reason,
        tuple(Reason(reason) for reason in row.risk_reasons),
        getattr(row, "is_disowned", False),
    )


def is_familiar_network(user_id: int, networks: Collection[str]) -> bool:
    """Has this person signed in from one of these networks, some days ago or earlier?"""
    now = clock.now()
    seen = Session.objects.filter(
        user=user_id,
        verified_at__isnull=False,
        address__isnull=False,
        started_at__range=(now - FAMILIAR_FOR, now - FAMILIAR_AFTER),
    )
    addresses = seen.values_list("address", flat=True).distinct()
    return any(not set(networks).isdisjoint(networks_of(address)) for address in addresses)


def all_addresses(user_id: int) -> list[BoundAddress]:
    """Every address that was ever bound, oldest first: for who explains what counts and what does not."""
    return [_address(row) for row in Identifier.objects.filter(user=user_id).order_by("bound_at", "pk")]


def active_freezes(user_id: int) -> list[FreezeSeen]:
    return [
        FreezeSeen(row.pk, FreezeReason(row.reason), row.placed_at, row.until, row.case)
        for row in Freeze.objects.active().filter(user=user_id).order_by("until")
    ]


def pending_email(user_id: int) -> str | None:
    """The address that waits to be confirmed, for its owner's eyes."""
    return _pending(user_id, IdentifierKind.EMAIL)


def pending_notice_address(user_id: int) -> str | None:
    """The same of an address that would only get notices."""
    return _pending(user_id, IdentifierKind.NOTICE)


def _pending(user_id: int, kind: IdentifierKind) -> str | None:
    row = PendingEmail.objects.filter(
        user=user_id, kind=kind, state="pending", expires_at__gt=clock.now()
    ).first()
    return (row.typed or row.address) if row else None


def notice_address(user_id: int) -> str | None:
    """The further address that hears what happens, as its owner spelled it, for their eyes."""
    row = Identifier.objects.filter(user=user_id, kind=IdentifierKind.NOTICE, removed_at=None).first()
    return (row.typed or row.value) if row else None


def staff_addresses(addresses: Collection[str]) -> set[str]:
    """Those of these addresses, in their normal form, that somebody on the staff has or had."""
    rows = Identifier.objects.filter(value__in=addresses).exclude(user__role=Role.USER)
    return set(rows.values_list("value", flat=True))


def is_browser_of(user_id: int, browser: str) -> bool:
    """By the fingerprint of a browser's cookie: has this person signed in there?"""
    return bool(browser) and KnownBrowser.objects.filter(user=user_id, digest=browser).exists()


_NO_FACTORS = (
    ChangeKind.EMAIL,
    ChangeKind.PASSWORD,
    ChangeKind.NOTICE_ADDED,
    ChangeKind.NOTICE_REMOVED,
    ChangeKind.CONTACT_ADDED,
    ChangeKind.CONTACT_REMOVED,
)


def has_changed_a_factor(user_id: int, session: UUID) -> bool:
    """Has this session just changed how the person shows a second factor, while other sessions are open?"""
    lately = CredentialChange.objects.filter(
        user=user_id, session=session, at__gt=clock.now() - ASKED_ABOUT_OTHERS, state=ChangeState.APPLIED
    )
    if not lately.exclude(kind__in=_NO_FACTORS).exists():
        return False
    return any(one.id != session for one in open_sessions(user_id))


def has_leaked_password(user_id: int) -> bool:
    """Was the present password found among leaked ones?"""
    return User.objects.filter(pk=user_id, password_leaked_at__isnull=False).exists()


def address_as_typed(user_id: int) -> str:
    """The present address as its owner spelled it, for their eyes: ``straße.de``, not its ASCII form."""
    row = Identifier.objects.get(user=user_id, kind=IdentifierKind.EMAIL, removed_at=None)
    return row.typed or row.value


def reads_linkless(account: int | None, address: str) -> bool:
    """Does the person of this account (or, where none is named, of this address) want mails without links?"""
    people = User.objects.filter(linkless_mails=True)
    if account is not None:
        return people.filter(pk=account).exists()
    return people.filter(email=normal_or_none(address)).exists()


def address_clashes() -> list[tuple[str | None, list[tuple[int, str]]]]:
    """Accounts whose stored addresses have one normal form, or none (``None``), with what is stored.

    Made before addresses were brought to a normal form; since then the database allows no second one.
    """
    owners: dict[str | None, list[tuple[int, str]]] = {}
    for pk, email in User.objects.order_by("pk").values_list("pk", "email").iterator():
        owners.setdefault(normal_or_none(email), []).append((pk, email))
    return [(form, people) for form, people in owners.items() if form is None or len(people) > 1]


def names(user_ids: list[int]) -> dict[int, str]:
    """The names to show for these people, by id."""
    language = get_language() or "en"
    return {
        user.pk: user.name_for(language) or mask(user.email) for user in User.objects.filter(pk__in=user_ids)
    }


def roles_with(permission: str) -> list[str]:
    return [role for role, may in ROLE_PERMISSIONS.items() if permission in may]


def colleagues_with(permission: str) -> list[Colleague]:
    people = User.objects.filter(is_active=True, role__in=roles_with(permission)).order_by("pk")
    return [Colleague(*one) for one in people.values_list("pk", "email", "language", "zone")]


def networks_of_people(permission: str, among: Collection[int] | None = None) -> dict[int, set[str]]:
    """The narrowest network of each living session of everybody (or of those ``among``) who may do this."""
    living = Session.objects.filter(
        ended_at=None, address__isnull=False, user__role__in=roles_with(permission)
    )
    if among is not None:
        living = living.filter(user__in=among)
    networks: dict[int, set[str]] = {}
    for user, address in living.values_list("user", "address").distinct():
        networks.setdefault(user, set()).update(networks_of(address)[:1])
    return networks


def people_known_in(
    browsers: Collection[str], permission: str, among: Collection[int] | None = None
) -> dict[str, set[int]]:
    """By the fingerprint of a browser's cookie: who of those who may do this has signed in there."""
    known = KnownBrowser.objects.filter(digest__in=browsers, user__role__in=roles_with(permission))
    if among is not None:
        known = known.filter(user__in=among)
    people: dict[str, set[int]] = {}
    for digest, user in known.values_list("digest", "user"):
        people.setdefault(digest, set()).add(user)
    return people


def is_signed_in(user_id: int) -> bool:
    """Does a session of this person live that has shown a second factor?"""
    return Session.objects.filter(user=user_id, ended_at=None, verified_at__isnull=False).exists()


def sessions_with(permission: str, sessions: Iterable[UUID]) -> set[UUID]:
    """Those of these sessions that still live, have shown a second factor, and whose person may do this."""
    living = Session.objects.filter(
        pk__in=sessions,
        ended_at=None,
        verified_at__isnull=False,
        user__is_active=True,
        user__role__in=roles_with(permission),
    )
    return set(living.values_list("pk", flat=True))


def is_taken(address: str, *, by_other_than: int | None = None) -> bool:
    """Does this address belong to an account, or did it within the time in which that can take it back?"""
    rows = _taken().filter(value=normal(address))
    return (rows.exclude(user=by_other_than) if by_other_than is not None else rows).exists()


def taken_among(addresses: Collection[str]) -> set[str]:
    """Those of these addresses, in their normal form, that are taken: see :func:`is_taken`."""
    return set(_taken().filter(value__in=addresses).values_list("value", flat=True))


def _taken() -> QuerySet[Identifier]:
    held = Q(removed_at=None) | Q(removed_at__gte=clock.now() - UNDO_PERIOD)
    return Identifier.objects.filter(held, kind=IdentifierKind.EMAIL, rejected=False)
