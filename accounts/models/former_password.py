from django.db import models

from accounts.models.user import User
from common import clock


class FormerPassword(models.Model):
    """The hash of a password that this person had. At most five are kept, only to refuse them."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="former_passwords")
    digest = models.CharField(max_length=255)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["user", "-at"], name="accounts_former_password_user")]

    def __str__(self) -> str:
        return f"former password {self.pk}"
