"""What this app tells to those above it. Sent inside the transaction of what it tells of."""

from django.dispatch import Signal

# delivery_id: the mail server has taken this mail
handed_over = Signal()

# Asked when a mail is written: does the reader of ``address``, whose account is ``account`` where one is
# known, want mails without links?
linkless_asked = Signal()
