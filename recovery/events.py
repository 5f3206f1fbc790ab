"""What the trail records of cases, calls, evidence and restoring, each type of event with its sentence."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from audit.registry import EventType as E
from audit.registry import Group, Words, register

# Reasons and ways: one code means the same under whichever of these keys it stands.
_REASONS: Mapping[str, Words] = {
    "abuse": _("the request was made to harm somebody"),
    "asked": _("at their own wish"),
    "call": _("a call was asked for"),
    "desk": _("the caller did not know it"),
    "decided": _("two people decided it"),
    "disputed": _("two people decided that the account stays with who has it"),
    "in_hand": _("working on it"),
    "missed_offer": _("an offer was missed"),
    "gone": _("their page was closed or lost its connection"),
    "session_ended": _("their session ended"),
    "in_call": _("in a call, with enough evidence"),
    "not_as_approved": _("the account was no longer as it was approved"),
    "no_account": _("no account stands under the address given"),
    "not_needed": _("nothing is to be put back"),
    "not_shown": _("the caller could not be shown to be the owner"),
    "own_earlier_case": _("looking back at a case of their own"),
    "second_person": _("deciding as the second person"),
    "supervision": _("supervising the desk"),
    "withdrawn": _("the request was withdrawn"),
    "superseded": _("the request was replaced by another"),
}

_WORDS: Mapping[str, Mapping[str, Words]] = {
    "began": {
        "today": _("today"),
        "days": _("in the last days"),
        "longer": _("longer ago"),
        "unknown": _("not known"),
    },
    "noticed": {
        "cant_sign_in": _("signing in does not work"),
        "email_changed": _("the e-mail address was changed"),
        "not_mine": _("things happened that they did not do"),
        "lost_factor": _("the phone or the codes were lost"),
    },
    "said": {
        "not_me": _("this was not me"),
        "was_me": _("this was me"),
        "nothing": _("nothing after all"),
    },
    "category": {
        "taken_over": _("the account was taken over"),
        "lost_factor": _("the phone or the authenticator app was lost"),
        "cant_sign_in": _("signing in does not work"),
    },
    "outcome": {
        "ok": _("done"),
        "denied": _("denied"),
        "answered": _("answered"),
        "no_answer": _("no answer"),
        "busy": _("busy"),
        "voicemail": _("voicemail"),
        "failed": _("failed"),
        "invalid_number": _("the number does not exist"),
        "cancelled": _("cancelled"),
        "ended": _("ended after talking"),
        "given": _("the account goes to who asks for it"),
        "stays": _("the account stays with who has it"),
        "unknown": _("nobody knows whether it rang"),
        "left_open": _("nobody said how it ended"),
    },
}

register(
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
            E(
                "authenticity.refused",
                _("%(who)s could not check whether a mail or a call is from us: %(reason)s"),
                ("reason",),
            ),
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
    words=_WORDS,
    reasons=_REASONS,
)
