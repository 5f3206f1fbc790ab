"""How long and how often: the figures that the rules of this app agree on."""

from datetime import timedelta

# For this long an owner may object to a change and it can be undone; then what undo needs is shredded.
UNDO_PERIOD = timedelta(days=30)

# As long as the case waits that found the takeover, and no longer than this.
CALL_FREEZE = timedelta(days=8)
OBJECTION_FREEZE = timedelta(hours=72)
HOLD = timedelta(hours=72)

# A change of sign-in details asks for a second factor that is not older than this.
FRESH_FACTOR = timedelta(minutes=5)
# A session that has given its password only: time enough to find the phone.
UNVERIFIED_SESSION = timedelta(minutes=15)
ABSOLUTE_SESSION = timedelta(hours=12)

# NIST SP 800-63B-4 section 3.2.2: at most 100 failures in a row from one source
# (accounts.authenticators.throttling).
MAX_FAILURES = 100
# From this failure on, each further try of an authenticator waits twice as long as the one before.
FREE_FAILURES = 5
MAX_WAIT = timedelta(minutes=15)
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
PASSWORD_LINK_HOURS = {"forgot": 1, "restored": 24, "staff": 72}
