"""One call of every mail, as the portal makes it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from accounts import mails as account_mails
from notifications.digests import mails as digest_mails
from notifications.recipients import Recipient
from notifications.value_types import Link, Place
from recovery import mails as case_mails
from recovery.mails import Change

NIGHT = datetime(2026, 11, 22, 14, 41, tzinfo=UTC)
LINK = "/somewhere/secret-token/"

HANAKO = Recipient("hanako@example.jp", "ja", "Asia/Tokyo", account=7001, case=42)
KENJI = Recipient("kenji@example.com", "en", "Europe/London", account=7002)

WHERE = {"place": "NL", "browser": "Chrome, Windows"}
ABROAD = {"place": Place("NL"), "browser": "Chrome, Windows", "link": Link(LINK)}

SAMPLES: dict[str, Callable[[Recipient], int | None]] = {
    "sign_up_link": lambda to: account_mails.sign_up_link(to, link=LINK, valid_hours=24),
    "call_confirm": lambda to: case_mails.call_confirm(
        to, link=LINK, until=NIGHT, number_masked="+81 90 •••• ••78"
    ),
    "spare_code_used": lambda to: account_mails.spare_code_used(to, at=NIGHT, **WHERE, help_link="/help/"),
    "spare_codes_check": lambda to: account_mails.spare_codes_check(to, since=NIGHT, link=LINK),
    "notice_address_confirm": lambda to: account_mails.notice_address_confirm(
        to, owner_masked="h••••o@example.jp", link=LINK, valid_hours=24
    ),
    "contact_invited": lambda to: account_mails.contact_invited(
        to, name="Mika <b>", owner="Hanako Mori", link=LINK
    ),
    "contact_answered": lambda to: account_mails.contact_answered(
        to, name="Mika", what="accepted", counts_from=NIGHT + timedelta(days=7)
    ),
    "contact_answered: declined": lambda to: account_mails.contact_answered(
        to, name="Mika", what="declined", counts_from=None
    ),
    "contact_answered: resigned": lambda to: account_mails.contact_answered(
        to, name="Mika", what="resigned", counts_from=None
    ),
    "contact_removed": lambda to: account_mails.contact_removed(to, owner="Hanako Mori"),
    "contact_asked": lambda to: case_mails.contact_asked(
        to, owner="Hanako Mori", link=LINK, until=NIGHT + timedelta(hours=24)
    ),
    "contact_was_asked": lambda to: case_mails.contact_was_asked(to, at=NIGHT, help_link="/help/"),
    "fraud_reported": lambda to: case_mails.fraud_reported(to, at=NIGHT, help_link="/help/"),
    "credential_changed: notification address": lambda to: account_mails.credential_changed(
        to, what="notice_address", at=NIGHT, **WHERE, detail_masked="m••••a@example.net", not_me_link=LINK
    ),
    "credential_changed: recovery contact": lambda to: account_mails.credential_changed(
        to, what="recovery_contacts", at=NIGHT, **WHERE, detail_masked="M…", not_me_link=LINK
    ),
    "sign_up_known": lambda to: account_mails.sign_up_known(to, sign_in_link=LINK, help_link="/help/"),
    "email_change_asked": lambda to: account_mails.email_change_asked(
        to, new_masked="n••••w@mail.example", at=NIGHT, place="DE", browser="Firefox, Linux", link=LINK
    ),
    "email_change_confirm": lambda to: account_mails.email_change_confirm(to, link=LINK, valid_hours=24),
    "email_change_taken": account_mails.email_change_taken,
    "credential_changed": lambda to: account_mails.credential_changed(
        to, what="email", at=NIGHT, **WHERE, detail_masked="t••••f@example.net", not_me_link=LINK
    ),
    "credential_changed without a link": lambda to: account_mails.credential_changed(
        to, what="email", at=NIGHT, place="", browser=""
    ),
    "credential_changed: password": lambda to: account_mails.credential_changed(
        to, what="password", at=NIGHT, **WHERE, not_me_link=LINK
    ),
    "credential_changed: authenticator": lambda to: account_mails.credential_changed(
        to, what="totp", at=NIGHT, **WHERE, detail_masked="Phone <b>", not_me_link=LINK
    ),
    "credential_changed: recovery codes": lambda to: account_mails.credential_changed(
        to, what="recovery_codes", at=NIGHT, **WHERE, not_me_link=LINK
    ),
    "credential_changed: restored": lambda to: account_mails.credential_changed(
        to, what="restored", at=NIGHT, **WHERE
    ),
    "enrolment_link": lambda to: account_mails.enrolment_link(to, link=LINK, valid_hours=24, help_link=LINK),
    "new_sign_in": lambda to: account_mails.new_sign_in(to, at=NIGHT, **WHERE, not_me_link=LINK),
    "new_sign_in without a link": lambda to: account_mails.new_sign_in(
        to, at=NIGHT, **WHERE, not_me_link=None
    ),
    "password_link": lambda to: account_mails.password_link(to, link=LINK, valid_hours=1, why="forgot"),
    "password_link: asked for": lambda to: account_mails.password_link(
        to, link=LINK, valid_hours=1, why="forgot", asked=account_mails.Origin(NIGHT, **WHERE)
    ),
    "password_link: disowned": lambda to: account_mails.password_link(
        to, link=LINK, valid_hours=24, why="disowned"
    ),
    "password_link_asked": lambda to: account_mails.password_link_asked(to, at=NIGHT, **WHERE),
    "password_link: restored": lambda to: account_mails.password_link(
        to, link=LINK, valid_hours=72, why="restored"
    ),
    "password_link: staff": lambda to: account_mails.password_link(
        to, link=LINK, valid_hours=72, why="staff"
    ),
    "staff_access_changed: role": lambda to: account_mails.staff_access_changed(
        to, what="role", role="supervisor", at=NIGHT, link=LINK
    ),
    "staff_access_changed: session": lambda to: account_mails.staff_access_changed(
        to, what="session", role="agent", at=NIGHT, link=LINK
    ),
    "staff_access_changed: sessions": lambda to: account_mails.staff_access_changed(
        to, what="sessions", role="agent", at=NIGHT, link=LINK
    ),
    "staff_access_changed: disabled": lambda to: account_mails.staff_access_changed(
        to, what="disabled", role="agent", at=NIGHT, link=LINK
    ),
    "staff_access_changed: enabled": lambda to: account_mails.staff_access_changed(
        to, what="enabled", role="admin", at=NIGHT, link=LINK
    ),
    "account_frozen": lambda to: account_mails.account_frozen(
        to, until=NIGHT + timedelta(hours=72), why="objection", link=LINK, help_link="/help/"
    ),
    "account_frozen: disowned": lambda to: account_mails.account_frozen(
        to, until=NIGHT + timedelta(hours=72), why="disowned", link=LINK, help_link="/help/"
    ),
    "account_frozen: call": lambda to: account_mails.account_frozen(
        to, until=NIGHT + timedelta(hours=1), why="call", link=LINK, help_link="/help/"
    ),
    "account_frozen: claim": lambda to: account_mails.account_frozen(
        to, until=NIGHT + timedelta(days=8), why="claim", link=LINK, help_link="/help/"
    ),
    "change_waiting": lambda to: account_mails.change_waiting(
        to,
        what="totp_added",
        at=NIGHT,
        until=NIGHT + timedelta(hours=24),
        **WHERE,
        detail_masked="Phone 2",
        not_me_link=LINK,
    ),
    "change_waiting: new address": lambda to: account_mails.change_waiting(
        to, what="email", at=NIGHT, until=NIGHT + timedelta(hours=24), **WHERE
    ),
    "change_cancelled": lambda to: account_mails.change_cancelled(
        to, what="password", at=NIGHT, help_link="/help/"
    ),
    "freeze_lifted": lambda to: account_mails.freeze_lifted(to, at=NIGHT),
    "evidence_code": lambda to: case_mails.evidence_code(to, code="482913", minutes=10, agent_name="Sato"),
    "evidence_failed": lambda to: account_mails.evidence_failed(to, at=NIGHT),
    "findings": lambda to: case_mails.findings(
        to,
        first_name="Hanako",
        window_from=NIGHT,
        window_to=NIGHT + timedelta(minutes=31),
        **WHERE,
        changes=[
            Change(NIGHT, "sign_in"),
            Change(NIGHT + timedelta(minutes=1), "email"),
            Change(NIGHT + timedelta(minutes=2), "password"),
            Change(NIGHT + timedelta(minutes=2), "totp_replaced"),
            Change(NIGHT + timedelta(minutes=2), "totp_added"),
            Change(NIGHT + timedelta(minutes=2), "totp_removed"),
            Change(NIGHT + timedelta(minutes=3), "recovery_codes"),
            Change(NIGHT + timedelta(minutes=4), "password", stopped=True),
        ],
        unchanged=["email", "password", "totp", "recovery_codes", "profile"],
        done=[
            "email_back",
            "authenticator_out",
            "authenticator_back",
            "recovery_codes_out",
            "recovery_codes_back",
            "pending_cancelled",
            "password_void",
            "sessions_ended",
            "hold",
        ],
        link=LINK,
    ),
    "findings of little": lambda to: case_mails.findings(
        to,
        first_name="",
        window_from=NIGHT,
        window_to=NIGHT,
        place="",
        browser="",
        changes=[],
        unchanged=[],
        done=[],
        link=LINK,
    ),
    "factor_replaced": lambda to: case_mails.factor_replaced(
        to,
        first_name="Hanako",
        done=["authenticator_lost", "pending_cancelled", "password_kept", "sessions_ended", "hold"],
        link=LINK,
    ),
    "factor_replaced: password void": lambda to: case_mails.factor_replaced(
        to,
        first_name="",
        done=["authenticator_out", "authenticator_lost", "recovery_codes_out", "password_void", "hold"],
        link=LINK,
    ),
    "sessions_ended": lambda to: case_mails.sessions_ended(to, at=NIGHT, count=2, link=LINK),
    "check_in: lost": lambda to: case_mails.check_in(to, link=LINK, why="lost"),
    "check_in": lambda to: case_mails.check_in(to, link=LINK),
    "unreachable": lambda to: case_mails.unreachable(to, tries=3, link=LINK),
    "unreachable once": lambda to: case_mails.unreachable(to, tries=1, link=LINK),
    "case_refused": lambda to: case_mails.case_refused(to, reason_words="Two proofs are needed.", link=LINK),
    "dispute_announced": lambda to: case_mails.dispute_announced(
        to, until=NIGHT + timedelta(hours=72), link=LINK, help_link="/help/"
    ),
    **{
        f"dispute_news: {what}": partial(case_mails.dispute_news, what=what)
        for what in ("contested", "given", "stays", "withdrawn")
    },
    "approval_wanted": lambda to: case_mails.approval_wanted(
        to, case_reference="R-7K2M", agent="Sato", at=NIGHT, link=LINK
    ),
    "address_removed": account_mails.address_removed,
    "failed_verification": lambda to: account_mails.failed_verification(
        to, at=NIGHT, place="NL", browser="Chrome, Windows", not_me_link=LINK
    ),
    "failed_verification: signed in": lambda to: account_mails.failed_verification(
        to, at=NIGHT, place="NL", browser="Chrome, Windows", signed_in=True
    ),
    "email_change_asked without a link": lambda to: account_mails.email_change_asked(
        to, new_masked="n••••w@mail.example", at=NIGHT, place="DE", browser="Firefox, Linux", link=None
    ),
    "digest": lambda to: digest_mails.digest(
        to,
        count=20,
        entries=[
            {"message": "new_sign_in", "at": NIGHT, "first": NIGHT, "times": 1, **ABROAD},
            {
                "message": "failed_verification",
                "at": NIGHT,
                "first": NIGHT - timedelta(minutes=9),
                "times": 17,
                **ABROAD,
            },
            {
                "message": "password_link_asked",
                "at": NIGHT,
                "first": NIGHT,
                "times": 1,
                **ABROAD,
                "link": None,
            },
        ],
        more=1,
    ),
}
