"""From the tables to the plain rows of a life, and the doubt about an account."""

import ipaddress
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache

from django.db.models import Count, Q

from accounts.doubt.activity import ChangeRow, ItemRow, Life, SessionRow, Trace, Usual
from accounts.doubt.judgement import NO_CLAIM, Claim, Doubt, judge, strange_sessions
from accounts.doubt.risk import Risk, assess
from accounts.doubt.signals import Reason
from accounts.enums import ChangeKind, IdentifierKind
from accounts.models import (
    Authenticator,
    CredentialChange,
    Identifier,
    RecoveryContact,
    Session,
    User,
)
from accounts.states import ContactState
from audit import context
from common import clock
from common.email_addresses import normal_or_none
from common.once import once

USUAL_LIFE = timedelta(days=400)
"""How far back is looked for what is usual."""


def doubt_about(user_id: int, *, asked_at: datetime | None = None, claim: Claim = NO_CLAIM) -> Doubt:
    """The doubt about an account now, for a request made at ``asked_at`` (by default now)."""
    return judge(life_of(user_id), asked_at=asked_at or clock.now(), claim=claim)


def strangeness_of_sessions(user_id: int, *, asked_at: datetime) -> dict[str, tuple[Reason, ...]]:
    """The strange sessions of the 30 days before ``asked_at``, by id."""
    return strange_sessions(life_of(user_id), asked_at=asked_at)


def usual_of(user_id: int) -> Usual:
    """What is usual for the account, by its sessions that have shown both factors."""
    answered = CredentialChange.objects.filter(
        user=user_id, session__isnull=False, state__in=("kept", "undone", "objected")
    ).values_list("session", "state")
    kept = {str(session) for session, state in answered if state == "kept"}
    disowned = frozenset(str(session) for session, state in answered if state != "kept")
    sessions = _sessions(user_id)
    disowned |= {one.id for one in sessions if one.disowned} - kept
    return Usual(sessions, confirmed=frozenset(kept) - disowned, disowned=disowned)


def risk_here(user_id: int, usual: Usual | None = None) -> Risk:
    """How risky it is that the present request acts for this person."""
    here = context.current()
    origin = here.origin
    trace = _trace(origin.country[:2], origin.address, origin.browser[:120], here.device)
    return assess(trace, clock.now(), usual or usual_of(user_id))


def address_key(identifier_id: int) -> str:
    return f"email:{identifier_id}"


def authenticator_key(authenticator_id: int) -> str:
    return f"factor:{authenticator_id}"


def contact_key(contact_id: int) -> str:
    return f"contact:{contact_id}"


def claim_to(user_id: int, address: str, *, disowned: Iterable[int] = (), proved: bool = False) -> Claim:
    """What somebody claims who names ``address`` as the account's: one that it has lost, or has now."""
    rows = Identifier.objects.filter(
        user=user_id, kind=IdentifierKind.EMAIL, value=normal_or_none(address), rejected=False
    )
    has_it = rows.filter(removed_at=None).exists()
    lost = None if has_it else rows.order_by("-removed_at").values_list("pk", flat=True).first()
    return Claim(
        items=frozenset([address_key(lost)] if lost else []), disowned=frozenset(disowned), proved=proved
    )


@once
def life_of(user_id: int) -> Life:
    joined = User.objects.values_list("joined_at", flat=True).get(pk=user_id)
    return Life(
        joined_at=joined,
        sessions=_sessions(user_id),
        changes=_changes(user_id),
        items=[*_addresses(user_id), *_authenticators(user_id), *_contacts(user_id)],
    )


def _sessions(user_id: int) -> list[SessionRow]:
    rows = Session.objects.filter(
        user=user_id, verified_at__isnull=False, started_at__gte=clock.now() - USUAL_LIFE
    ).annotate(is_disowned=Q(disowned__isnull=False, disowned__confirmed_at=None))
    return [
        SessionRow(str(pk), at, max(at, seen), _trace(country, address, browser, device), disowned)
        for pk, at, seen, country, address, browser, device, disowned in rows.values_list(
            "pk", "started_at", "seen_at", "country", "address", "browser", "device", "is_disowned"
        )
    ]


def _changes(user_id: int) -> list[ChangeRow]:
    rows = CredentialChange.objects.filter(user=user_id).select_related("identifier_in", "identifier_out")
    return [_change(row) for row in rows]


def _change(row: CredentialChange) -> ChangeRow:
    came = [address_key(row.identifier_in_id)] if row.identifier_in_id else []
    went = [address_key(row.identifier_out_id)] if row.identifier_out_id else []
    came += [authenticator_key(row.authenticator_in_id)] if row.authenticator_in_id else []
    went += [authenticator_key(row.authenticator_out_id)] if row.authenticator_out_id else []
    came += [contact_key(row.contact_in_id)] if row.contact_in_id else []
    went += [contact_key(row.contact_out_id)] if row.contact_out_id else []
    return ChangeRow(
        id=row.pk,
        kind=row.kind,
        at=row.at,
        session=str(row.session) if row.session else None,
        trace=_trace(row.country, row.address, row.browser, row.device),
        state=row.state,
        told_at=row.told_at,
        bound=tuple(came),
        removed=tuple(went),
        # What another mailbox hears is no move of the account to another domain.
        new_domain=row.kind == ChangeKind.EMAIL and _domain(row.identifier_in) != _domain(row.identifier_out),
    )


def _domain(row: Identifier | None) -> str:
    return row.value.rpartition("@")[2] if row else ""


def _addresses(user_id: int) -> list[ItemRow]:
    return [
        ItemRow(
            key=address_key(row.pk),
            kind="email",
            bound_at=row.bound_at,
            removed_at=row.removed_at,
            session=str(row.session) if row.session else None,
            rejected=row.rejected,
        )
        for row in Identifier.objects.filter(user=user_id)
    ]


def _authenticators(user_id: int) -> list[ItemRow]:
    rows = Authenticator.objects.filter(user=user_id).annotate(
        left=Count("codes", filter=Q(codes__used_at=None))
    )
    return [
        ItemRow(
            key=authenticator_key(row.pk),
            kind=row.kind,
            bound_at=row.bound_at,
            removed_at=row.removed_at,
            session=str(row.session) if row.session else None,
            rejected=row.rejected,
            checkable=row.has_key or bool(row.left),
        )
        for row in rows
    ]


def _contacts(user_id: int) -> list[ItemRow]:
    """Who has not accepted, or has resigned, can't be asked."""
    return [
        ItemRow(
            key=contact_key(row.pk),
            kind="contact",
            bound_at=row.bound_at,
            removed_at=row.removed_at,
            session=str(row.session) if row.session else None,
            rejected=row.rejected,
            checkable=row.state == ContactState.ACCEPTED,
        )
        for row in RecoveryContact.objects.filter(user=user_id)
    ]


def _trace(country: str, address: str | None, browser: str, device: str) -> Trace:
    near, wide = _networks(address)
    return Trace(country=country, near=near, wide=wide, browser=browser, device=device)


@lru_cache(maxsize=4096)
def _networks(address: str | None) -> tuple[str, str]:
    """The network of a household or office, and about that of its provider."""
    if not address:
        return "", ""
    near, wide = (48, 32) if ":" in address else (24, 16)
    return tuple(  # type: ignore[return-value]
        str(ipaddress.ip_network(f"{address}/{prefix}", strict=False)) for prefix in (near, wide)
    )
