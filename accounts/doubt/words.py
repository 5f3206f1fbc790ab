"""The reasons of the judgement in words, for the desk, the owner and who reviews a case next week."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.doubt.judgement import Ground
from accounts.doubt.signals import Reason

REASONS: dict[Reason, Promise] = {
    Reason.COUNTRY: _("From a country that this account was never used from"),
    Reason.NETWORK: _("From a network that this account was never used from"),
    Reason.TRAVEL: _("The account was used in its usual country less than two hours before or after"),
    Reason.TWO_PLACES: _("The account was in use in its usual country at the same time"),
    Reason.BROWSER: _("In a kind of browser that this account was never used with"),
    Reason.NO_LINEAGE: _("In a browser that nobody had signed in with before"),
    Reason.UNATTRIBUTED: _("Made without being signed in, from a browser that is not known"),
    Reason.ALL_FACTORS: _("Every authenticator was replaced within minutes"),
    Reason.SEVERAL_KINDS: _("Several kinds of sign-in details were changed in the same way"),
    Reason.NEW_DOMAIN: _("The e-mail address moved to another domain"),
    Reason.YOUNG_SESSION: _("Made within minutes of signing in"),
    Reason.DOUBTFUL_SESSION: _("Made in the same session as another doubtful change"),
    Reason.LIKE_ANOTHER: _("From the same browser or place as another doubtful change"),
    Reason.OBJECTED: _("The owner said “This was not me”"),
    Reason.DISOWNED: _("The caller says that this was not them"),
}

GROUNDS: dict[Ground, Promise] = {
    Ground.FOUNDING: _("Counts: set up when the account was made"),
    Ground.OLD: _("Counts: set up more than 72 hours before the request, and nothing speaks against it"),
    Ground.REMOVED_LATELY: _("Counts: it was the owner's until it was removed in the last 30 days"),
    Ground.TOO_YOUNG: _("Does not count: set up less than 72 hours before the request"),
    Ground.DOUBTFUL: _("Does not count: set up by a doubtful change"),
    Ground.AFTER_CLAIM: _("Does not count: set up after what the caller claims was taken away"),
    Ground.REJECTED: _("Does not count: an earlier restore took it out"),
    Ground.GONE: _("Does not count: removed more than 30 days before the request"),
    Ground.GIVEN_UP: _("Does not count: the owner took it out and confirmed that"),
    Ground.USED_UP: _("Does not count: nothing of it can be checked any more"),
}
