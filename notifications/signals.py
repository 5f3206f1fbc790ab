"""What this app tells to those above it. Sent inside the transaction of what it tells of."""

from django.dispatch import Signal

# delivery_id: the mail server has taken this mail
handed_over = Signal()
