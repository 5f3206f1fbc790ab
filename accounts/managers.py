"""How people are found: an address is compared as :func:`accounts.addresses.normal` writes it."""

from typing import TYPE_CHECKING

from django.contrib.auth.base_user import BaseUserManager

from accounts.addresses import normal

if TYPE_CHECKING:
    from accounts.models import User


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=normal(username or ""))
