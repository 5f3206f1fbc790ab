"""No log holds the token of a mailed link: else whoever reads logs would hold what a mailbox holds.

Nor what stands behind the question mark of an address, as what somebody has searched for.
"""

import logging
import re

# Everything behind the addresses of links; tests/portal/test_logs.py finds an address that this misses.
_LINK = re.compile(r"""((?:/|%2f)(?:link|not-me)(?:/|%2f))[^\s"'<>]+""", re.IGNORECASE)
_QUERY = re.compile(r"""(/[^\s"'<>?]*\?)[^\s"'<>]+""")


def masked(text: str) -> str:
    return _QUERY.sub(r"\1…", _LINK.sub(r"\1…", text))


class Line(logging.Formatter):
    """Masks the whole entry, its traceback too, whichever part of the portal or of a library wrote it."""

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))
