"""How easily a password is guessed, measured with the words that a thief would try first."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from zxcvbn_rs_py import zxcvbn

from accounts.authenticators import selectors

MIN_SCORE = 3
# So many guesses are worth that score: eight random signs take that many, whatever they are.
MIN_GUESSES = 10**8
# NIST SP 800-63B-4 section 3.1.1.2: longer where the password is the only thing to be shown. An account
# without an authenticator is such a one: until the first is set up, its password alone leads there.
MIN_LENGTH_ALONE = 15
MIN_LENGTH = 8
MAX_LENGTH = 128
# zxcvbn's time grows steeply: 20 ms for 12 signs of the worst kind, 700 for 128.
MEASURED = 32


def score(password: str, *words: str) -> int:
    """From 0 (guessed at once) to 4 (very hard), with what is known about the person as ``words``.

    Of a long password its beginning and its end are measured: whichever is the harder to guess counts.
    """
    context = [
        part
        for word in (settings.SITE_NAME, *words)
        for part in (word, *word.replace("@", " ").split())
        if part
    ]
    best = _score(password[:MEASURED], context)
    if len(password) > MEASURED and best < MIN_SCORE:
        best = max(best, _score(password[-MEASURED:], context))
    return best


def _score(part: str, context: list[str]) -> int:
    found = zxcvbn(part, context)
    return max(int(found.score), MIN_SCORE if found.guesses >= MIN_GUESSES else 0)


@dataclass(frozen=True)
class Verdict:
    """``refused``: the code of the first rule that does not take the password, "" where all do."""

    score: int
    refused: str
    reasons: tuple[str, ...] = ()


def judge(password: str, user: Any) -> Verdict:
    """What the rules say of a password for this person. The forms refuse by it, and the meter shows it.

    Former passwords are not asked about: that costs hashes, and only the owner may learn it. Nor are leaked
    ones: nobody outside is to hear of what is only half typed. The form asks about both at the end.
    """
    measured = score(password, *_words(user))
    try:
        validate_password(password, user)
    except ValidationError as refusal:
        return Verdict(measured, refusal.error_list[0].code or "refused", tuple(refusal.messages))
    return Verdict(measured, "")


def _words(user: Any) -> list[str]:
    return [user.email, user.name, user.name_latin] if user is not None else []


def min_length(user: Any) -> int:
    """How long a new password of this person must be at least."""
    alone = user is None or user.pk is None or not selectors.bound_authenticators(user.pk)
    return MIN_LENGTH_ALONE if alone else MIN_LENGTH


class LengthValidator:
    def validate(self, password: str, user: Any = None) -> None:
        least = min_length(user)
        if len(password) < least:
            raise ValidationError(
                ngettext(
                    "This password is too short. Use at least %(count)d character.",
                    "This password is too short. Use at least %(count)d characters.",
                    least,
                )
                % {"count": least},
                code="password_too_short",
            )

    def get_help_text(self) -> str:
        return _("Length matters more than symbols.")


class GuessablePasswordValidator:
    """63B-4 section 3.1.1.2 and ASVS 6.2.11: no password that a list or the person's own data gives away."""

    def validate(self, password: str, user: Any = None) -> None:
        if len(password) > MAX_LENGTH:
            raise ValidationError(
                ngettext(
                    "This password is too long. Use at most %(count)d character.",
                    "This password is too long. Use at most %(count)d characters.",
                    MAX_LENGTH,
                )
                % {"count": MAX_LENGTH},
                code="password_too_long",
            )
        if score(password, *_words(user)) < MIN_SCORE:
            raise ValidationError(
                _("This password is easy to guess. Three or four unrelated words make a better one."),
                code="password_guessable",
            )

    def get_help_text(self) -> str:
        return _(
            "Choose one that nobody can guess and that you don’t use anywhere else. "
            "Length matters more than symbols."
        )
