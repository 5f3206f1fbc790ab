"""The mails that the apps send: each app registers its own in its ``mails.py``, one function each.

Call such a function inside the transaction that the mail tells of: it writes one row and sends a task on
commit, so a mail is pending exactly when what it says has happened. All return the id of the delivery.

Links are whole addresses below ``settings.ORIGIN`` or paths such as ``/help/``; any other address is a
``ValueError``. Moments are aware datetimes, places ISO country codes or "" where unknown, browsers words
or "" where unknown: they become words in the reader's language and time zone when the mail is written.
"""

from collections.abc import Mapping

from audit.registry import Words

MAILS: dict[str, Words] = {}
"""What the trail calls each mail, by its name, which is also the folder of its templates."""

WORDS: dict[str, dict[str, Words]] = {
    "notices": {},
    "subjects": {},
    "changes": {},
    "asked": {},
    "unchanged": {},
    "done": {},
    "after_loss": {},
}
"""Codes that a mail carries, in words. Of a changed sign-in detail the ``subjects`` and ``notices`` (with
``%(site)s``); of the letters the lines of what somebody did (``changes``) or ``asked`` for without
effect, what is ``unchanged``, and what was ``done``, which reads otherwise ``after_loss``, where no stranger
is spoken of."""


def register(mails: Mapping[str, Words]) -> None:
    """The mails of an app.

    Raises:
        ValueError: another app has registered a mail of this name.
    """
    if taken := mails.keys() & MAILS.keys():
        raise ValueError(f"registered already: {', '.join(sorted(taken))}")
    MAILS.update(mails)


def register_words(**groups: Mapping[str, Words]) -> None:
    """Words of an app for codes in its mails.

    Raises:
        ValueError: a code has its words already.
    """
    for group, words in groups.items():
        if taken := words.keys() & WORDS[group].keys():
            raise ValueError(f"registered already: {', '.join(sorted(taken))}")
        WORDS[group].update(words)
