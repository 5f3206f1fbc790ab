from collections.abc import Iterable
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext_lazy as _

from accounts import passwords
from accounts.managers import UserManager
from accounts.roles import ROLE_PERMISSIONS, Role
from common import clock
from common.text import isolate


class User(AbstractBaseUser):
    """A person. ``email`` is the address that they sign in with now; every other is an Identifier row."""

    # Sessions are rows of their own: Django's single column would only cost a write at each sign-in.
    last_login = None

    email = models.EmailField(_("e-mail address"), unique=True)
    # As the person writes it, and in Latin letters where that is another: see ``name_for``.
    name = models.CharField(_("name"), max_length=80, blank=True)
    name_latin = models.CharField(_("name in Latin letters"), max_length=80, blank=True, default="")
    role = models.CharField(max_length=12, choices=Role.choices, default=Role.USER)
    language = models.CharField(max_length=2, default="en")
    zone = models.CharField(max_length=64, default="Asia/Tokyo")
    languages = ArrayField(models.CharField(max_length=2), default=list, blank=True)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(default=clock.now)
    # Goes up with each new or voided password: failures of a second factor are counted for each.
    password_epoch = models.PositiveIntegerField(default=0)
    # Wrong passwords in a row from browsers that the account does not know.
    failed_passwords = models.PositiveIntegerField(default=0)
    password_locked_until = models.DateTimeField(null=True, blank=True)
    # Mails to them hold codes to type instead of links (notifications.linkless).
    linkless_mails = models.BooleanField(default=False, db_default=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="accounts_email_is_lower_case"
            ),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="accounts_role_is_known"),
            models.CheckConstraint(
                condition=models.Q(language__in=["en", "ja"]), name="accounts_language_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name_for(get_language() or "en") or f"#{self.pk}"

    def name_for(self, language: str) -> str:
        """The name as a reader of ``language`` can read it."""
        return self.name or self.name_latin if language == "ja" else self.name_latin or self.name

    def addressed(self) -> str:
        """The name as the page's language speaks of a customer or a colleague, safe in any sentence."""
        name = {"name": isolate(str(self))}
        if self.is_staff_member:
            return pgettext("a member of staff in a sentence", "%(name)s") % name
        return pgettext("a customer in a sentence", "%(name)s") % name

    def set_password(self, raw_password: str | None) -> None:
        super().set_password(passwords.normal(raw_password) if raw_password else raw_password)

    def check_password(self, raw_password: str | None) -> bool:
        """Is this the password? What was kept as it was typed is kept in its normal form from now on."""
        for spelling in passwords.spellings(raw_password or ""):
            if super().check_password(spelling):
                if spelling != passwords.normal(spelling):
                    self.set_password(spelling)
                    self._password = None  # kept anew, not changed: no validator is told
                    self.save(update_fields=["password"])
                return True
        return False

    @property
    def is_staff_member(self) -> bool:
        return self.role != Role.USER

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_active and perm in ROLE_PERMISSIONS.get(self.role, frozenset())

    def has_perms(self, perms: Iterable[str], obj: object = None) -> bool:
        return all(self.has_perm(perm) for perm in perms)

    def has_module_perms(self, app: str) -> bool:
        return self.is_active and any(
            perm.startswith(f"{app}.") for perm in ROLE_PERMISSIONS.get(self.role, frozenset())
        )

    def get_short_name(self) -> str:
        return str(self)

    def get_full_name(self) -> str:
        return str(self)
