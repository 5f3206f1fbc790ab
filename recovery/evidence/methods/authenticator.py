"""An authenticator that counts as the owner's, whatever its kind: a code of it, or the browser shows it."""

from collections.abc import Sequence

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.authenticators import throttling
from accounts.authenticators.base import Kind
from accounts.doubt.selectors import authenticator_key
from common.errors import Denied
from recovery.evidence.methods.base import EvidenceMethod, Item, Option, Question
from recovery.models import Case, Evidence
from recovery.models.evidence import Method
from recovery.takeover.selectors import Offerable, offerable


class AuthenticatorCode(EvidenceMethod):
    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self.name = str(kind.factor)
        self.proof = kind.words.proof
        self.icon = kind.icon
        self.in_the_hand = kind.in_the_hand

    def options(self, offered: Offerable) -> Sequence[Option]:
        ones = offered.authenticators.get(self.name, ())
        return [Option(self._kind.words.offered(ones))] if ones else []

    def described(self, _masked: str) -> str:
        return str(Method(self.name).label)

    def ask(self, _case: Case, offered: Offerable, _target: int | None) -> Question:
        if not offered.ids(self.name):
            raise Denied(_("Nothing of this kind on the account is accepted as the owner’s."))
        return Question()

    def shown(self, evidence: Evidence, typed: str) -> int | None:
        found = self._kind.among(offerable(evidence.case).ids(self.name), typed, throttling.DESK)
        return found.pk if found else None

    def field(self) -> forms.CharField:
        return self._kind.field(label=str(self._kind.words.asked.label))

    def taken(self, request: HttpRequest, typed: str) -> str:
        return self._kind.taken(request, typed)

    def hint(self, _masked: str) -> str:
        return str(self._kind.words.asked.hint)

    def wrong(self, case: Case, typed: str) -> str:
        return self._kind.hint(offerable(case).ids(self.name), typed) or str(self._kind.words.wrong)

    def item_key(self, target: int) -> str:
        return authenticator_key(target)

    def items(self, offered: Offerable, _target: int | None) -> Sequence[Item]:
        ones = offered.authenticators.get(self.name, ())
        return [Item(authenticator_key(one.id), one.name, one.bound_at) for one in ones]

    def replace_used(self, user_id: int) -> str | None:
        return self._kind.replace_used(user_id)
