"""What people call their authenticators. A name is for its owner's eyes: nothing is decided by it."""

from django.db import transaction

from accounts.models import Authenticator, User
from audit.recording import record


@transaction.atomic
def rename(*, user: User, authenticator_id: int, name: str) -> None:
    """Call something that is bound ``name``. The trail keeps what it was called before."""
    row = (
        Authenticator.objects.select_for_update()
        .filter(pk=authenticator_id, user=user, removed_at=None)
        .first()
    )
    if row is None or row.name == name:
        return
    former, row.name = row.name, name
    row.save(update_fields=["name"])
    record(
        "credential.renamed", account=user.pk, details={"what": row.kind, "from_name": former, "name": name}
    )
