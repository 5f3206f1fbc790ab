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


def register(mails: Mapping[str, Words]) -> None:
    """The mails of an app.

    Raises:
        ValueError: another app has registered a mail of this name.
    """
    if taken := mails.keys() & MAILS.keys():
        raise ValueError(f"registered already: {', '.join(sorted(taken))}")
    MAILS.update(mails)
