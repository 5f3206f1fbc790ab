from django.db import models
from django.db.models import Q

from accounts.models.user import User


class ImportedPhone(models.Model):
    """The phone number that an account brought along from another system, as E.164. Nobody has verified it:
    it proves nothing, and nothing is sent there.
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="imported_phone")
    number = models.CharField(max_length=16)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(number__regex=r"^\+[1-9][0-9]{6,14}$"), name="accounts_imported_phone_is_e164"
            ),
        ]

    def __str__(self) -> str:
        return f"imported phone number {self.pk}"
