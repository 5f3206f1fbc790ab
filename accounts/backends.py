"""Whose session this is. Passwords are checked by :mod:`accounts.sign_in.services` and nowhere else."""

from typing import Any

from django.contrib.auth.backends import BaseBackend

from accounts.models import User
from common.written_once import Later, Select

_BY_ID = Select(lambda: User.objects.filter(pk=Later("pk"), is_active=True))


class Accounts(BaseBackend):
    def get_user(self, user_id: Any) -> User | None:
        return _BY_ID.first(pk=int(user_id))
