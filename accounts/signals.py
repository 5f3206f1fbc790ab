"""What this app tells to those above it. Sent inside the transaction of what they tell of."""

from django.dispatch import Signal

# user_id, change_id, kind
credential_changed = Signal()
# user_id, session_id
session_started = Signal()
# asked before undo data is destroyed; receivers return ids of accounts that still need theirs
undo_needed = Signal()
# user_id, session_id, reason
session_ended = Signal()
# user_id; each receiver returns the accounts.words.CheckUpItem that its owner should see first, or None
check_up_asked = Signal()
# user_id, permissions, reason ("disabled" or "role"): what somebody on the staff may not do from now on
permissions_lost = Signal()
