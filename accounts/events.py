"""What the trail records of signing in, sign-in details and freezes, each type of event with its sentence."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from accounts import change_types
from accounts.authenticators import registry
from accounts.doubt.words import REASONS
from accounts.rollback import steps
from audit.registry import EventType as E
from audit.registry import Group, Words, register

_FACTORS: Mapping[str, Words] = {
    "password": _("the password"),
    "email_code": _("a code sent by e-mail"),
    "email": _("a code sent by e-mail"),
    # Old events name a factor as they name what is bound.
    **{str(kind.kind): kind.words.proof for kind in registry.KINDS},
    **{str(kind.factor): kind.words.proof for kind in registry.KINDS},
}

_THINGS: Mapping[str, Words] = {
    **{detail.name: detail.trail for detail in change_types.details()},
    **{str(change.kind): change.trail for change in change_types.every()},
    **{step.name: step.trail for step in steps.every()},
}

_ROLES: Mapping[str, Words] = {
    "user": _("user"),
    "agent": _("agent"),
    "supervisor": _("supervisor"),
    "admin": _("admin"),
}

_ACCESS: Mapping[str, Words] = {"enabled": _("enabled"), "disabled": _("disabled")}

# Reasons and ways: one code means the same under whichever of these keys it stands.
_REASONS: Mapping[str, Words] = {
    "changed": _("by the user"),
    "ended_by_owner": _("by the user"),
    "ended_by_admin": _("by an admin"),
    "disabled": _("the account was disabled"),
    "disowned": _("a sign-in was reported as “this was not me”"),
    "role": _("their role was changed"),
    "forgot": _("the password was forgotten"),
    "frozen": _("the sign-in details are frozen"),
    "hold": _("frozen after a restore"),
    "imported": _("imported from another system"),
    "idle": _("inactive for too long"),
    "link": _("by the link in an e-mail"),
    "locked": _("too many wrong attempts"),
    "signed_in": _("signed in to the account"),
    "objection": _("reported as “this was not me”"),
    "password_changed": _("the password was changed"),
    "proved": _("confirmed with an authenticator from before the change"),
    "replaced": _("signed in again"),
    "restored": _("the account was restored"),
    "signed_up": _("signed up"),
    "signed_out": _("signed out"),
    "staff": _("by or for a member of staff"),
    "too_long": _("the maximum session length was reached"),
    "too_many_tries": _("too many attempts"),
    "wrong": _("incorrect"),
}

_WORDS: Mapping[str, Mapping[str, Words]] = {
    "change": _THINGS,
    "changes": _THINGS,
    "what": _THINGS,
    "why": {str(reason): words for reason, words in REASONS.items()},
    "factor": _FACTORS,
    "from_access": _ACCESS,
    "to_access": _ACCESS,
    "role": _ROLES,
    "from_role": _ROLES,
    "to_role": _ROLES,
}

register(
    Group(
        "sign_in",
        _("Sign-in"),
        (
            E(
                "sign_in.password_accepted",
                _("Password accepted for %(whose)s; two-step verification still pending"),
            ),
            E(
                "sign_in.succeeded",
                _("%(whose)s signed in with %(factor)s"),
                ("factor", "new_browser", "new_country", "risky", "why"),
                notes={
                    "risky": _("This sign-in looked unusual: changes asked for in it wait 24 hours."),
                    "new_browser": _("This browser had not been seen before."),
                    "new_country": _("This account had not been used from this country before."),
                },
            ),
            E(
                "sign_in.failed",
                _("Sign-in as %(whose)s failed with %(factor)s: %(reason)s"),
                ("factor", "reason"),
            ),
            E("sign_in.refused", _("Sign-in as %(whose)s was denied: %(reason)s"), ("reason",)),
            E("sign_out", _("%(whose)s signed out")),
            E(
                "session.ended",
                _("%(who)s ended a session of %(whose)s: %(reason)s"),
                ("session", "reason"),
                own=_("%(whose)s ended one of their own sessions: %(reason)s"),
            ),
            E("session.expired", _("A session of %(whose)s expired: %(reason)s"), ("reason",)),
            E("step_up.succeeded", _("%(whose)s confirmed their identity with %(factor)s"), ("factor",)),
            E(
                "step_up.failed",
                _("%(whose)s failed to confirm their identity with %(factor)s"),
                ("factor",),
            ),
            E(
                "password.link_sent",
                _("A link to choose a new password was sent to %(whose)s: %(reason)s"),
                ("reason",),
            ),
            E(
                "password.found_leaked",
                _("The password of %(whose)s was found among leaked ones at a sign-in"),
            ),
            E(
                "leak_check.failed",
                _(
                    "The service that knows leaked passwords didn’t answer; "
                    "passwords were accepted without it"
                ),
            ),
            E("enrolment.link_sent", _("A link to set up two-step verification was sent to %(whose)s")),
            E("enrolment.link_used", _("The link to set up two-step verification was used by %(whose)s")),
            E("password.link_used", _("The link to choose a new password for %(whose)s was used")),
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
                _("%(who)s cancelled an e-mail address change for %(whose)s"),
                own=_("%(whose)s cancelled their e-mail address change"),
            ),
            *(event.type for event in registry.events()),
            E(
                "credential.notice_address.requested",
                _("%(whose)s asked to send notices to %(to_masked)s too"),
                ("to_masked",),
            ),
            E(
                "credential.notice_address.confirmed",
                _("Someone who reads %(to_masked)s agreed to get notices about the account of %(whose)s"),
                ("to_masked",),
            ),
            E(
                "credential.notice_address.cancelled",
                _("A new notification address for %(whose)s was cancelled before it was confirmed"),
            ),
            E(
                "credential.notice_address.added",
                _("Notices about the account of %(whose)s now go to %(to_masked)s too"),
                ("to_masked", "change"),
            ),
            E(
                "credential.notice_address.removed",
                _("Notices about the account of %(whose)s no longer go to %(from_masked)s"),
                ("from_masked", "change"),
            ),
            E(
                "credential.contact.added",
                _("%(whose)s named a recovery contact: %(contact_masked)s"),
                ("contact_masked", "change"),
            ),
            E(
                "credential.contact.removed",
                _("%(whose)s removed a recovery contact: %(contact_masked)s"),
                ("contact_masked", "change"),
            ),
            E("contact.invited_again", _("%(whose)s invited a recovery contact again")),
            E(
                "contact.accepted",
                _("%(contact_masked)s agreed to be a recovery contact of %(whose)s"),
                ("contact_masked",),
            ),
            E(
                "contact.declined",
                _("%(contact_masked)s declined to be a recovery contact of %(whose)s"),
                ("contact_masked",),
            ),
            E(
                "contact.resigned",
                _("%(contact_masked)s is no longer a recovery contact of %(whose)s, at their own wish"),
                ("contact_masked",),
            ),
            E(
                "credential.renamed",
                _("%(whose)s renamed “%(from_name)s” to “%(name)s”"),
                ("what", "from_name", "name"),
            ),
            E(
                "credential.restored",
                _("%(who)s restored sign-in details of %(whose)s: %(what)s"),
                ("what", "since", "removed"),
                own=_("%(whose)s restored their own sign-in details: %(what)s"),
            ),
            E(
                "credential.change.waiting",
                _("A change to %(whose)s waits until %(until)s, because the session is unusual: %(what)s"),
                ("what", "until", "change"),
            ),
            E(
                "credential.change.cancelled",
                _("%(who)s cancelled a waiting change for %(whose)s: %(what)s"),
                ("what", "change"),
                own=_("%(whose)s cancelled a waiting change: %(what)s"),
            ),
            E(
                "credential.change.stopped",
                _("A waiting change for %(whose)s was stopped before it took effect: %(what)s"),
                ("what", "change"),
            ),
            E(
                "credential.change.refused",
                _("A change to the sign-in details of %(whose)s was denied: %(reason)s"),
                ("reason",),
            ),
        ),
    ),
    Group(
        "account",
        _("Accounts"),
        (
            E("account.created", _("The account of %(whose)s was created"), ("how",)),
            E("mail_code.entered", _("A code from an e-mail was entered: %(message)s"), ("message",)),
            E(
                "mail_code.refused",
                _("%(who)s couldn’t enter a code from an e-mail: %(reason)s"),
                ("reason",),
            ),
            E(
                "accounts.imported",
                _(
                    "Accounts were imported: %(imported)s new, %(already_here)s already here, "
                    "%(rejected)s lines rejected"
                ),
                ("imported", "already_here", "rejected"),
            ),
            E("account.address.verified", _("%(whose)s confirmed their e-mail address")),
            E(
                "account.read",
                _("%(who)s viewed the account of %(whose)s: %(reason)s"),
                ("reason",),
            ),
            E(
                "account.snapshots_shredded",
                _("Data for undoing old changes was deleted (%(count)s entries)"),
                ("count",),
            ),
            E(
                "staff.role_changed",
                _("%(who)s changed the role of %(whose)s from %(from_role)s to %(to_role)s"),
                ("from_role", "to_role", "sessions_ended"),
            ),
            E(
                "staff.sessions_ended",
                _("%(who)s signed %(whose)s out; sessions ended: %(sessions_ended)s"),
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
            E("staff.created", _("%(who)s added %(whose)s as a member of staff: %(role)s"), ("role",)),
            E(
                "freeze.placed",
                _("The sign-in details of %(whose)s were frozen: %(reason)s"),
                ("reason", "until"),
            ),
            E(
                "freeze.lifted",
                _("The sign-in details of %(whose)s were unfrozen: %(how)s"),
                ("how",),
            ),
            E("freeze.resumed", _("The freeze on %(whose)s continues for another request")),
            E(
                "claim.proved",
                _(
                    "A caller showed enough evidence for the account of %(whose)s and reported "
                    "changes as not theirs: %(changes)s"
                ),
                ("changes",),
            ),
            E(
                "objection.kept",
                _("%(whose)s confirmed suspicious changes as their own: %(changes)s"),
                ("changes",),
            ),
            E(
                "objection.made",
                _("A change to the account of %(whose)s was reported as “not me” from a notice"),
                ("change",),
            ),
            E(
                "session.disowned",
                _("A sign-in to the account of %(whose)s was reported as “not me” from a notice"),
                ("session",),
            ),
            E("session.confirmed", _("%(whose)s confirmed a reported sign-in as their own")),
            E(
                "objection.evidence.failed",
                _("Wrong evidence was given for a “not me” report on the account of %(whose)s: %(factor)s"),
                ("factor",),
            ),
            E(
                "objection.undone",
                _("Changes to the account of %(whose)s were undone after a “not me” report"),
                ("changes",),
            ),
        ),
    ),
    words=_WORDS,
    reasons=_REASONS,
)
