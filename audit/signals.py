"""What the trail asks of the apps above it."""

from django.dispatch import Signal

# Sent with ``text``: an address, present or former. A receiver returns the ids of
# the accounts that have it or had it.
account_sought = Signal()
