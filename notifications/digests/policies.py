"""How many notices of one kind go one by one, and how long those that follow are gathered."""

from datetime import timedelta

WINDOW = timedelta(hours=1)
"""What follows within this time of the first is gathered; so late at most is a gathered notice told."""
AT_ONCE = 1
MAX_ITEMS = 200
"""More than this many are only counted."""
MAX_ENTRIES = 20
"""The kinds, places and browsers that one mail lists; notices alike are one entry."""
