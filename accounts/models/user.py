from collections.abc import Iterable, Iterator
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import make_password, verify_password
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
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
    # Longer than Django's: some hashes of other systems are.
    password = models.CharField(_("password"), max_length=255)
    # As the person writes it, and in Latin letters where that is another: see ``name_for``.
    name = models.CharField(_("name"), max_length=80, blank=True)
    name_latin = models.CharField(_("name in Latin letters"), max_length=80, blank=True, default="")
    role = models.CharField(max_length=12, choices=Role.choices, default=Role.USER)
    language = models.CharField(max_length=2, default="en")
    zone = models.CharField(max_length=64, default="Asia/Tokyo")
    languages = ArrayField(models.CharField(max_length=2), default=list, blank=True)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(default=clock.now)
    # Came from another system with its password, which alone sets up no authenticator.
    imported_at = models.DateTimeField(null=True, blank=True)
    # Goes up with each new or voided password: failures of a second factor are counted for each.
    password_epoch = models.PositiveIntegerField(default=0)
    # Wrong passwords in a row from browsers that the account does not know.
    failed_passwords = models.PositiveIntegerField(default=0)
    password_locked_until = models.DateTimeField(null=True, blank=True)
    # Mails to them hold codes to type instead of links (notifications.linkless).
    linkless_mails = models.BooleanField(default=False, db_default=False)
    # When the present password was found among leaked ones, at a sign-in.
    password_leaked_at = models.DateTimeField(null=True, blank=True)

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
        # Few rows, and none at last: see ``passwords.OLD``.
        indexes = [models.Index(fields=["id"], condition=passwords.OLD, name="accounts_old_password_hash")]

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
        """Is this the password? What was kept as it was typed, or has an old hash, is hashed anew."""
        for spelling in passwords.spellings(raw_password or ""):
            right, is_old = verify_password(spelling, self.password)
            if right:
                if is_old or spelling != passwords.normal(spelling):
                    self._hash_anew(spelling)
                return True
        return False

    def _hash_anew(self, spelling: str) -> None:
        """Not a change: nobody is told, and no session ends. A change at the same moment goes before it."""
        anew = make_password(passwords.normal(spelling))
        if User.objects.filter(pk=self.pk, password=self.password).update(password=anew):
            self.password = anew

    def get_session_auth_hash(self) -> str:
        """What Django ties a session to: another password has another epoch, another hash of it has not."""
        return self._session_hash(settings.SECRET_KEY)

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        yield from map(self._session_hash, settings.SECRET_KEY_FALLBACKS)

    def _session_hash(self, secret: str) -> str:
        told = f"{self.pk}:{self.password_epoch}"
        return salted_hmac("accounts.session", told, secret=secret, algorithm="sha256").hexdigest()

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
