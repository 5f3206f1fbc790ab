"""How long and how often: the figures that the rules of this app agree on."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings

# For this long an owner may object to a change and it can be undone; then what undo needs is shredded.
UNDO_PERIOD = timedelta(days=30)

# As long as the case waits that found the takeover, and no longer than this.
CALL_FREEZE = timedelta(days=8)
OBJECTION_FREEZE = timedelta(hours=72)
HOLD = timedelta(hours=72)

# A change of sign-in details asks for a second factor that is not older than this.
FRESH_FACTOR = timedelta(minutes=5)
# What a risky session asks for takes effect after this, if nobody stops it.
RISKY_CHANGE_WAIT = timedelta(hours=24)
# A session that has given its password only: time enough to find the phone.
# For so long after a change of a factor the page asks whether the other sessions are to end.
ASKED_ABOUT_OTHERS = timedelta(minutes=10)
UNVERIFIED_SESSION = timedelta(minutes=15)

# NIST SP 800-63B-4 section 3.2.2: at most 100 failures in a row from one source
# (accounts.authenticators.throttling).
MAX_FAILURES = 100
# From this failure on, each further try of an authenticator waits twice as long as the one before.
FREE_FAILURES = 5
MAX_WAIT = timedelta(minutes=15)
# While hashes of other systems are about, a refused password is answered after so long, whoever it is.
OLD_HASH_ANSWER = timedelta(seconds=1)
PASSWORD_LOCK = timedelta(hours=1)

EVIDENCE_TRIES = 5
# The page that shows the code in place of a used one opens so long for the browser that used it.
FRESH_CODE_PAGE = timedelta(hours=1)
# Who has not touched their saved codes for so long is asked whether they are still at hand.
CODES_UNTOUCHED = timedelta(days=365)
# Mails that ask for nothing but a typed address: more of them in an hour are not sent, and nobody is told so.
MAILS_AN_HOUR = 5
# A browser, or a network, that was used this long ago is the owner's rather than that of whoever came last.
FAMILIAR_AFTER = timedelta(hours=72)
FAMILIAR_FOR = timedelta(days=90)
SIGN_UP_HOURS = 24
EMAIL_CHANGE_HOURS = 24
MAX_CONTACTS = 5
# A recovery contact can vouch this long after they accepted: time for the owner to hear of it and object.
CONTACT_COUNTS_AFTER = timedelta(days=7)
INVITATION = timedelta(days=14)
ENROLMENT_LINK_HOURS = 24
PASSWORD_LINK_HOURS = {"forgot": 1, "restored": 24, "staff": 72, "disowned": 24}


@dataclass(frozen=True)
class SessionLimits:
    """How long a session lasts without use, and in all since a factor was last shown."""

    idle: timedelta
    whole: timedelta


def session_limits(*, staff: bool) -> SessionLimits:
    """The one table of them, for each request and for the sweep (63B-4 section 2.2.3, ASVS 7.3)."""
    idle, whole = (
        (settings.STAFF_SESSION_IDLE_SECONDS, settings.STAFF_SESSION_MAX_SECONDS)
        if staff
        else (settings.SESSION_IDLE_SECONDS, settings.SESSION_MAX_SECONDS)
    )
    return SessionLimits(timedelta(seconds=idle), timedelta(seconds=whole))
