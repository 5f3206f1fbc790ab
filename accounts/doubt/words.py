"""The reasons of the judgement in words, for the desk, the owner and who reviews a case next week."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.doubt.judgement import Ground
from accounts.doubt.signals import Reason

REASONS: dict[Reason, Promise] = {
    Reason.COUNTRY: _("From a country where this account has never been used"),
    Reason.NETWORK: _("From a network where this account has never been used"),
    Reason.TRAVEL: _("The account was also used in its usual country within two hours"),
    Reason.TWO_PLACES: _("The account was in use in its usual country at the same time"),
    Reason.BROWSER: _("In a kind of browser never used with this account"),
    Reason.NO_LINEAGE: _("In a browser that had never been used to sign in"),
    Reason.UNATTRIBUTED: _("Made without signing in, from an unknown browser"),
    Reason.ALL_FACTORS: _("All authenticators were replaced within minutes"),
    Reason.SEVERAL_KINDS: _("Several kinds of sign-in details were changed in the same way"),
    Reason.NEW_DOMAIN: _("The e-mail address was changed to one on a different domain"),
    Reason.YOUNG_SESSION: _("Made within minutes of signing in"),
    Reason.DOUBTFUL_SESSION: _("Made in the same session as another suspicious change"),
    Reason.LIKE_ANOTHER: _("From the same browser or place as another suspicious change"),
    Reason.OBJECTED: _("The owner reported “This was not me”"),
    Reason.DISOWNED: _("The caller says it wasn’t them"),
}

GROUNDS: dict[Ground, Promise] = {
    Ground.FOUNDING: _("Accepted: set up when the account was created"),
    Ground.OLD: _("Accepted: set up more than 72 hours before the request, with nothing suspicious about it"),
    Ground.REMOVED_LATELY: _("Accepted: it belonged to the owner until it was removed in the last 30 days"),
    Ground.TOO_YOUNG: _("Not accepted: set up less than 72 hours before the request"),
    Ground.DOUBTFUL: _("Not accepted: set up by a suspicious change"),
    Ground.AFTER_CLAIM: _("Not accepted: set up after the caller’s own was removed"),
    Ground.REJECTED: _("Not accepted: removed by an earlier restore"),
    Ground.GONE: _("Not accepted: removed more than 30 days before the request"),
    Ground.GIVEN_UP: _("Not accepted: the owner removed it and confirmed that"),
    Ground.USED_UP: _("Not accepted: it can no longer be checked"),
}
