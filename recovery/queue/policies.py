"""Who is offered what."""

from datetime import timedelta

DECLINE_COOLDOWN = timedelta(minutes=1)
"""An agent who passed a call on is not asked again for so long: for ever would leave calls waiting."""
