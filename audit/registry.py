"""Every type of event that the trail knows, with the sentence that tells it.

A sentence may use ``%(who)s`` (who did it), ``%(whose)s`` (whose account), ``%(case)s`` and, in words,
any of the type's ``keys``. ``own`` is the sentence where both are one person. ``notes`` are further
sentences, each said when the detail of that name is true.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise
_NONE: Mapping[str, Words] = MappingProxyType({})


class UnknownAction(LookupError):
    """No type of event has this name. Add it to audit/registry.py, with its sentence."""


@dataclass(frozen=True)
class EventType:
    name: str
    sentence: Words
    keys: tuple[str, ...] = ()
    own: Words | None = None
    notes: Mapping[str, Words] = field(default_factory=lambda: _NONE)

    @property
    def title(self) -> str:
        """The sentence with nobody and nothing in it: ``… signed in with …``."""
        return str(self.sentence) % _Anything()


class _Anything(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "…"


@dataclass(frozen=True)
class Group:
    name: str
    title: Words
    types: tuple[EventType, ...]


E = EventType

GROUPS: tuple[Group, ...] = (
    Group(
        "sign_in",
        _("Signing in"),
        (
            E(
                "sign_in.password_accepted",
                _("The password of %(whose)s was accepted, the second factor was still owed"),
            ),
            E(
                "sign_in.succeeded",
                _("%(whose)s signed in with %(factor)s"),
                ("factor", "new_browser", "new_country"),
                notes={
                    "new_browser": _("This browser had not been seen before."),
                    "new_country": _("This account had not been used from this country before."),
                },
            ),
            E(
                "sign_in.failed",
                _("A sign-in as %(whose)s failed at %(factor)s: %(reason)s"),
                ("factor", "reason"),
            ),
            E("sign_in.refused", _("A sign-in as %(whose)s was refused: %(reason)s"), ("reason",)),
            E("sign_out", _("%(whose)s signed out")),
            E(
                "session.ended",
                _("%(who)s ended a session of %(whose)s: %(reason)s"),
                ("session", "reason"),
                own=_("%(whose)s ended a session of their own: %(reason)s"),
            ),
            E("session.expired", _("A session of %(whose)s ran out: %(reason)s"), ("reason",)),
            E("step_up.succeeded", _("%(whose)s confirmed with %(factor)s that it is them"), ("factor",)),
            E(
                "step_up.failed",
                _("%(whose)s did not manage to confirm with %(factor)s that it is them"),
                ("factor",),
            ),
            E(
                "password.link_sent",
                _("A link to choose a new password was sent to %(whose)s: %(reason)s"),
                ("reason",),
            ),
            E("password.link_used", _("The link to choose a new password of %(whose)s was used")),
        ),
    ),
    Group(
        "credential",
        _("Sign-in details"),
        (
            E(
                "credential.password.changed",
                _("%(who)s changed the password of %(whose)s"),
                ("how", "change"),
                own=_("%(whose)s changed their password"),
            ),
            E(
                "credential.email.change_requested",
                _("%(whose)s asked to change their e-mail address to %(to_masked)s"),
                ("to_masked",),
            ),
            E(
                "credential.email.changed",
                _("The e-mail address of %(whose)s was changed from %(from_masked)s to %(to_masked)s"),
                ("from_masked", "to_masked", "change"),
            ),
            E(
                "credential.email.change_cancelled",
                _("%(who)s cancelled a change of the e-mail address of %(whose)s"),
                own=_("%(whose)s cancelled a change of their e-mail address"),
            ),
            E(
                "credential.totp.added",
                _("The authenticator %(name)s was added to the account of %(whose)s"),
                ("name", "change"),
            ),
            E(
                "credential.totp.removed",
                _("The authenticator %(name)s was removed from the account of %(whose)s"),
                ("name", "change"),
            ),
            E(
                "credential.totp.replaced",
                _("The authenticator of %(whose)s was replaced"),
                ("name", "change"),
            ),
            E(
                "credential.recovery_codes.created",
                _("New recovery codes were made for %(whose)s"),
                ("count", "change"),
            ),
            E("credential.recovery_codes.removed", _("The recovery codes of %(whose)s were removed")),
            E(
                "credential.recovery_code.used",
                _("%(whose)s used a recovery code; left: %(left)s"),
                ("left",),
            ),
            E(
                "credential.restored",
                _("%(who)s put back sign-in details of %(whose)s: %(what)s"),
                ("what", "since", "removed"),
                own=_("%(whose)s put back their own sign-in details: %(what)s"),
            ),
            E(
                "credential.change.refused",
                _("A change of sign-in details of %(whose)s was refused: %(reason)s"),
                ("reason",),
            ),
        ),
    ),
    Group(
        "account",
        _("Accounts"),
        (
            E("account.created", _("The account of %(whose)s was made"), ("how",)),
            E("account.address.verified", _("%(whose)s confirmed their e-mail address")),
            E(
                "account.read",
                _("%(who)s looked at the account of %(whose)s: %(reason)s"),
                ("reason",),
            ),
            E(
                "account.snapshots_shredded",
                _("What was kept to undo old changes was destroyed; entries: %(count)s"),
                ("count",),
            ),
            E("staff.created", _("%(who)s made %(whose)s a member of staff: %(role)s"), ("role",)),
            E(
                "staff.role_changed",
                _("%(who)s changed the role of %(whose)s from %(from_role)s to %(to_role)s"),
                ("from_role", "to_role", "sessions_ended"),
            ),
            E(
                "staff.sessions_ended",
                _("%(who)s signed %(whose)s out everywhere; sessions ended: %(sessions_ended)s"),
                ("sessions_ended",),
            ),
            E(
                "staff.disabled",
                _("%(who)s disabled the staff account of %(whose)s"),
                ("from_access", "to_access", "sessions_ended"),
            ),
            E(
                "staff.enabled",
                _("%(who)s enabled the staff account of %(whose)s again"),
                ("from_access", "to_access"),
            ),
            E(
                "freeze.placed",
                _("The sign-in details of %(whose)s were frozen: %(reason)s"),
                ("reason", "until"),
            ),
            E(
                "freeze.lifted",
                _("The sign-in details of %(whose)s were released: %(how)s"),
                ("how",),
            ),
            E("freeze.resumed", _("The freeze of %(whose)s goes on for another request")),
            E(
                "claim.proved",
                _("The owner of the account of %(whose)s showed enough and disowned changes: %(changes)s"),
                ("changes",),
            ),
            E(
                "objection.kept",
                _("%(whose)s confirmed doubtful changes as their own: %(changes)s"),
                ("changes",),
            ),
            E(
                "objection.made",
                _("Somebody said by a notice's link of a change to the account of %(whose)s: not me"),
                ("change",),
            ),
            E(
                "objection.evidence.failed",
                _("The evidence given for an objection on the account of %(whose)s was wrong: %(factor)s"),
                ("factor",),
            ),
            E(
                "objection.undone",
                _("After an objection the changes to the account of %(whose)s were undone"),
                ("changes",),
            ),
        ),
    ),
    Group(
        "case",
        _("Cases"),
        (
            E(
                "case.opened",
                _("Somebody asked for a call: case %(case)s was opened"),
                ("category", "noticed", "began"),
            ),
            E(
                "case.protected",
                _("The account named in case %(case)s was looked for; sessions ended: %(sessions_ended)s"),
                ("matched", "takeover", "sessions_ended"),
                notes={
                    "matched": _("The address that was given belongs to it."),
                    "takeover": _("A takeover was found, and its sessions were ended."),
                },
            ),
            E(
                "case.from_staff",
                _(
                    "Case %(case)s was asked for from a browser or network of the desk; "
                    "members of staff who may not take it: %(count)s"
                ),
                ("count", "people"),
            ),
            E("case.read", _("%(who)s opened case %(case)s: %(reason)s"), ("reason",)),
            E("case.note_added", _("%(who)s wrote a note on case %(case)s")),
            E("case.superseded", _("Case %(case)s was replaced by a newer request of the same person")),
            E("case.withdrawn", _("Case %(case)s was withdrawn by the person who had opened it")),
            E("case.handed_back", _("%(who)s handed case %(case)s back: %(reason)s"), ("reason",)),
            E("case.reassigned", _("%(who)s gave case %(case)s to somebody else: %(reason)s"), ("reason",)),
            E("case.restored", _("Case %(case)s ended: the account of %(whose)s was restored")),
            E("case.link_sent_again", _("Case %(case)s ended: the link to choose a password was sent again")),
            E("case.refused", _("%(who)s refused case %(case)s: %(reason)s"), ("reason",)),
            E("case.unreachable", _("Case %(case)s ended: nobody could be reached")),
            E(
                "case.number_changed",
                _("The telephone number of case %(case)s was corrected to %(number)s"),
                ("number",),
            ),
            E(
                "case.change_said",
                _("In case %(case)s the caller said of a change (%(change)s): %(said)s"),
                ("change", "said"),
            ),
            E(
                "case.plan_widened",
                _("%(who)s added a change to what case %(case)s undoes: %(change)s"),
                ("change",),
            ),
            E(
                "case.sessions_ended",
                _("%(who)s ended sessions that the caller of case %(case)s did not know: %(count)s"),
                ("count", "ended"),
            ),
            E(
                "case.loss_said",
                _("%(who)s noted in case %(case)s how many authenticators are lost: %(count)s"),
                ("count",),
            ),
            E("case.moved", _("The call of case %(case)s was moved to %(due)s"), ("due",)),
        ),
    ),
    Group(
        "call",
        _("Calls"),
        (
            E("call.offered", _("Case %(case)s was offered to an agent"), ("agent",)),
            E("call.offer_missed", _("The offer of case %(case)s was missed"), ("agent",)),
            E("call.passed_on", _("%(who)s passed on case %(case)s")),
            E("call.offer_accepted", _("%(who)s accepted case %(case)s")),
            E("call.taken", _("%(who)s took case %(case)s from the queue")),
            E(
                "call.placed",
                _("A call of case %(case)s was placed to %(number)s"),
                ("attempt", "number"),
            ),
            E(
                "call.outcome",
                _("The call of case %(case)s ended: %(outcome)s"),
                ("outcome", "attempt"),
            ),
            E(
                "call.switched",
                _("The call went on for case %(case)s, which asked for the same number as case %(from)s"),
                ("from",),
            ),
            E("call.read_out_confirmed", _("The caller of case %(case)s read the code out correctly")),
            E("call.read_out_failed", _("The caller of case %(case)s read the code out wrongly")),
            E("agent.on_duty", _("%(who)s went on duty")),
            E("agent.off_duty", _("%(whose)s went off duty: %(reason)s"), ("reason",)),
            E("agent.ready", _("%(who)s was ready for the next call")),
        ),
    ),
    Group(
        "evidence",
        _("Evidence and restoring"),
        (
            E(
                "evidence.requested",
                _("%(who)s asked for evidence in case %(case)s: %(method)s"),
                ("method", "target_masked"),
            ),
            E("evidence.passed", _("Evidence in case %(case)s was right: %(method)s"), ("method",)),
            E(
                "evidence.failed",
                _("Evidence in case %(case)s was wrong: %(method)s; tries left: %(left)s"),
                ("method", "left"),
            ),
            E("evidence.expired", _("Evidence asked for in case %(case)s ran out: %(method)s"), ("method",)),
            E("evidence.voided", _("Evidence in case %(case)s counts no more"), ("reason", "count")),
            E("approval.requested", _("%(who)s asked a second person to approve case %(case)s")),
            E("approval.approved", _("%(who)s approved case %(case)s as the second person")),
            E("approval.declined", _("%(who)s declined case %(case)s as the second person")),
            E("approval.withdrawn", _("The approval asked for in case %(case)s was withdrawn")),
            E(
                "dispute.announced",
                _("%(who)s announced that the account of %(whose)s will be restored, unless contested"),
                ("due",),
            ),
            E(
                "dispute.contested",
                _("The announced restore in case %(case)s was contested: %(how)s"),
                ("how",),
            ),
            E(
                "dispute.proposed",
                _("%(who)s decided the dispute in case %(case)s, to be confirmed: %(outcome)s. %(reason)s"),
                ("outcome", "reason"),
            ),
            E(
                "dispute.rejected",
                _("%(who)s did not confirm the decision in case %(case)s: %(reason)s"),
                ("reason",),
            ),
            E(
                "dispute.confirmed",
                _("%(who)s confirmed the decision in case %(case)s: %(outcome)s"),
                ("outcome",),
            ),
            E("dispute.given", _("The dispute in case %(case)s ended: the account goes to who asked for it")),
            E("dispute.withdrawn", _("The dispute in case %(case)s ended: it was withdrawn")),
            E(
                "restore.refused",
                _("Restoring the account of %(whose)s was refused: %(reason)s"),
                ("reason",),
            ),
        ),
    ),
    Group(
        "mail",
        _("Mails"),
        (
            E("mail.sent", _("A mail was sent: %(message)s"), ("message",)),
            E(
                "mail.failed",
                _("A mail could not be sent: %(message)s"),
                ("message", "permanent"),
                notes={"permanent": _("It will not be tried again.")},
            ),
        ),
    ),
    Group(
        "audit",
        _("The trail itself"),
        (
            E("audit.searched", _("%(who)s searched the trail: %(filters)s"), ("filters",)),
            E("audit.event.read", _("%(who)s opened an event of the trail"), ("event",)),
            E("access.denied", _("%(who)s was refused the page %(path)s"), ("path",)),
        ),
    ),
)

TYPES: Mapping[str, EventType] = MappingProxyType(
    {event_type.name: event_type for group in GROUPS for event_type in group.types}
)


def type_of(action: str) -> EventType:
    """The type of that name.

    Raises:
        UnknownAction: there is none.
    """
    try:
        return TYPES[action]
    except KeyError:
        raise UnknownAction(action) from None


def under(prefix: str) -> list[str]:
    """The types at or below a dotted name: ``credential`` holds ``credential.email.changed``."""
    return [name for name in TYPES if name == prefix or name.startswith(f"{prefix}.")]
