"""How people are found: an address is compared as :func:`common.email_addresses.normal` writes it."""

from typing import TYPE_CHECKING

from django.contrib.auth.base_user import BaseUserManager

from common.email_addresses import normal_or_none

if TYPE_CHECKING:
    from accounts.models import User


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=normal_or_none(username or ""))
