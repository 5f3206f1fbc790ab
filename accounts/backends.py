"""Whose session this is. Passwords are checked by :mod:`accounts.sign_in.password_check` and nowhere else."""

from typing import Any

from django.contrib.auth.backends import BaseBackend

from accounts.models import User


class Accounts(BaseBackend):
    def get_user(self, user_id: Any) -> User | None:
        return User.objects.filter(pk=user_id, is_active=True).first()
