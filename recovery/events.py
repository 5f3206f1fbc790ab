"""What the trail records of cases, calls, evidence and restoring, each type of event with its sentence."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from audit.registry import EventType as E
from audit.registry import Group, Words, register
from recovery.evidence.methods import registry as methods

# Reasons and ways: one code means the same under whichever of these keys it stands.
_REASONS: Mapping[str, Words] = {
    "abuse": _("the request was made to harm someone"),
    "asked": _("at their own request"),
    "call": _("a call was requested"),
    "desk": _("the caller didn’t recognise it"),
    "decided": _("decided by two people"),
    "disputed": _("two people decided that the account stays with the current user"),
    "in_hand": _("working on the case"),
    "missed_offer": _("an offer was missed"),
    "gone": _("their page was closed or lost its connection"),
    "session_ended": _("their session ended"),
    "in_call": _("in a call, with enough evidence"),
    "not_as_approved": _("the account has changed since it was approved"),
    "no_account": _("no account uses the address given"),
    "not_needed": _("nothing to restore"),
    "not_shown": _("the caller could not be confirmed as the owner"),
    "own_earlier_case": _("reviewing one of their own past cases"),
    "second_person": _("deciding as the second person"),
    "supervision": _("supervising the desk"),
    "withdrawn": _("the request was withdrawn"),
    "superseded": _("the request was replaced by another"),
}

_WORDS: Mapping[str, Mapping[str, Words]] = {
    "method": {method.name: method.proof for method in methods.every()},
    "began": {
        "today": _("today"),
        "days": _("in the last few days"),
        "longer": _("longer ago"),
        "unknown": _("unknown"),
    },
    "noticed": {
        "cant_sign_in": _("can’t sign in"),
        "email_changed": _("the e-mail address was changed"),
        "not_mine": _("activity they don’t recognise"),
        "lost_factor": _("the phone or the codes were lost"),
    },
    "said": {
        "not_me": _("this was not me"),
        "was_me": _("this was me"),
        "nothing": _("answer withdrawn"),
    },
    "category": {
        "taken_over": _("the account was taken over"),
        "lost_factor": _("the phone or the authenticator app was lost"),
        "cant_sign_in": _("can’t sign in"),
    },
    "outcome": {
        "ok": _("done"),
        "denied": _("denied"),
        "answered": _("answered"),
        "no_answer": _("no answer"),
        "busy": _("busy"),
        "voicemail": _("voicemail"),
        "failed": _("failed"),
        "invalid_number": _("number not in service"),
        "cancelled": _("cancelled"),
        "ended": _("ended after the conversation"),
        "given": _("the account goes to the claimant"),
        "stays": _("the account stays with the current user"),
        "unknown": _("unknown whether it rang"),
        "left_open": _("outcome not recorded"),
    },
}

register(
    Group(
        "case",
        _("Cases"),
        (
            E(
                "case.opened",
                _("Someone asked for a call: case %(case)s was opened"),
                ("category", "noticed", "began"),
            ),
            E(
                "case.protected",
                _("The account named in case %(case)s was looked up (sessions ended: %(sessions_ended)s)"),
                ("matched", "takeover", "sessions_ended"),
                notes={
                    "matched": _("An account uses the address given."),
                    "takeover": _("A suspected takeover was found, and its sessions were ended."),
                },
            ),
            E(
                "case.from_staff",
                _(
                    "Case %(case)s came from a browser or network used by staff; members of staff "
                    "who can’t take it: %(count)s"
                ),
                ("count", "people"),
            ),
            E("case.read", _("%(who)s opened case %(case)s: %(reason)s"), ("reason",)),
            E("case.note_added", _("%(who)s added a note to case %(case)s")),
            E("case.superseded", _("Case %(case)s was replaced by a newer request from the same person")),
            E("case.withdrawn", _("Case %(case)s was withdrawn by the person who opened it")),
            E("case.handed_back", _("%(who)s returned case %(case)s to the queue: %(reason)s"), ("reason",)),
            E("case.reassigned", _("%(who)s reassigned case %(case)s: %(reason)s"), ("reason",)),
            E("case.restored", _("Case %(case)s closed: the account of %(whose)s was restored")),
            E(
                "case.link_sent_again",
                _("Case %(case)s closed: the link to choose a password was sent again"),
            ),
            E("case.refused", _("%(who)s refused case %(case)s: %(reason)s"), ("reason",)),
            E("case.unreachable", _("Case %(case)s closed: nobody could be reached")),
            E(
                "case.number_changed",
                _("The phone number for case %(case)s was corrected to %(number)s"),
                ("number",),
            ),
            E(
                "case.change_said",
                _("In case %(case)s the caller said about a change (%(change)s): %(said)s"),
                ("change", "said"),
            ),
            E(
                "case.plan_widened",
                _("%(who)s added a change to undo in case %(case)s: %(change)s"),
                ("change",),
            ),
            E(
                "case.sessions_ended",
                _("%(who)s ended sessions that the caller in case %(case)s didn’t recognise: %(count)s"),
                ("count", "ended"),
            ),
            E(
                "case.loss_said",
                _("%(who)s recorded lost sign-in methods in case %(case)s: %(count)s"),
                ("count",),
            ),
            E("case.moved", _("The call for case %(case)s was moved to %(due)s"), ("due",)),
        ),
    ),
    Group(
        "call",
        _("Calls"),
        (
            E("call.offered", _("Case %(case)s was offered to an agent"), ("agent",)),
            E("call.offer_missed", _("The offer of case %(case)s was missed"), ("agent",)),
            E("call.passed_on", _("%(who)s passed case %(case)s to the next agent")),
            E("call.offer_accepted", _("%(who)s accepted case %(case)s")),
            E("call.taken", _("%(who)s took case %(case)s from the queue")),
            E(
                "call.placed",
                _("A call for case %(case)s was placed to %(number)s"),
                ("attempt", "number"),
            ),
            E(
                "call.outcome",
                _("The call for case %(case)s ended: %(outcome)s"),
                ("outcome", "attempt"),
            ),
            E(
                "call.switched",
                _("The call continued for case %(case)s, which gave the same number as case %(from)s"),
                ("from",),
            ),
            E("call.read_out_confirmed", _("The caller in case %(case)s read out the correct code")),
            E("call.read_out_failed", _("The caller in case %(case)s read out a wrong code")),
            E("agent.on_duty", _("%(who)s went on duty")),
            E("agent.off_duty", _("%(whose)s went off duty: %(reason)s"), ("reason",)),
            E("agent.ready", _("%(who)s ended their wrap-up")),
            E(
                "authenticity.refused",
                _("%(who)s couldn’t check whether an e-mail or a call was from us: %(reason)s"),
                ("reason",),
            ),
        ),
    ),
    Group(
        "evidence",
        _("Evidence and restore"),
        (
            E(
                "evidence.requested",
                _("%(who)s asked for evidence in case %(case)s: %(method)s"),
                ("method", "target_masked"),
            ),
            E("evidence.passed", _("Evidence in case %(case)s was correct: %(method)s"), ("method",)),
            E(
                "evidence.failed",
                _("Evidence in case %(case)s was wrong: %(method)s (%(left)s attempts left)"),
                ("method", "left"),
            ),
            E(
                "evidence.declined",
                _("The recovery contact asked in case %(case)s didn’t vouch"),
                ("fraud",),
                notes={"fraud": _("They reported a fraud.")},
            ),
            E(
                "evidence.vouch_refused",
                _("In case %(case)s someone tried to vouch from a browser or network that isn’t accepted"),
            ),
            E(
                "case.fraud_reported",
                _("A recovery contact reported a fraud: case %(case)s needs a second person"),
            ),
            E("evidence.expired", _("Evidence requested in case %(case)s expired: %(method)s"), ("method",)),
            E("evidence.voided", _("Evidence in case %(case)s is no longer valid"), ("reason", "count")),
            E("approval.requested", _("%(who)s asked a second person to approve case %(case)s")),
            E("approval.approved", _("%(who)s approved case %(case)s as the second person")),
            E("approval.declined", _("%(who)s declined case %(case)s as the second person")),
            E("approval.withdrawn", _("The approval request in case %(case)s was withdrawn")),
            E(
                "dispute.announced",
                _("%(who)s announced that the account of %(whose)s will be restored unless contested"),
                ("due",),
            ),
            E(
                "dispute.contested",
                _("The announced restore in case %(case)s was contested: %(how)s"),
                ("how",),
            ),
            E(
                "dispute.proposed",
                _(
                    "%(who)s decided the dispute in case %(case)s, pending confirmation: "
                    "%(outcome)s. %(reason)s"
                ),
                ("outcome", "reason"),
            ),
            E(
                "dispute.rejected",
                _("%(who)s didn’t confirm the decision in case %(case)s: %(reason)s"),
                ("reason",),
            ),
            E(
                "dispute.confirmed",
                _("%(who)s confirmed the decision in case %(case)s: %(outcome)s"),
                ("outcome",),
            ),
            E("dispute.given", _("The dispute in case %(case)s ended: the account goes to the claimant")),
            E("dispute.withdrawn", _("The dispute in case %(case)s ended: it was withdrawn")),
            E(
                "restore.refused",
                _("Restoring the account of %(whose)s was denied: %(reason)s"),
                ("reason",),
            ),
        ),
    ),
    words=_WORDS,
    reasons=_REASONS,
)
