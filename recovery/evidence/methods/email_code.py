"""A code, sent to an address that counts as the owner's."""

from collections.abc import Sequence

from django import forms
from django.contrib.auth.hashers import check_password, make_password
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.authenticators.fields import CodeField
from accounts.doubt.selectors import address_key
from accounts.selectors import BoundAddress
from common import codes
from common.errors import Denied
from notifications.recipients import Recipient
from recovery import mails
from recovery.evidence import policies
from recovery.evidence.methods.base import EvidenceMethod, Item, Option, Question
from recovery.models import Case, Evidence
from recovery.models.evidence import Method
from recovery.takeover.selectors import Offerable


class EmailCode(EvidenceMethod):
    name = Method.EMAIL_CODE
    proof = gettext_lazy("a code sent by e-mail")
    icon = "mail"
    in_the_hand = False
    is_sent = True
    life = policies.EMAIL_CODE_LIFE
    max_asked = policies.EMAIL_CODES_A_CASE

    def options(self, offered: Offerable) -> Sequence[Option]:
        return [Option(self.described(one.masked), one.id) for one in offered.addresses]

    def described(self, masked: str) -> str:
        return _("Code to %(address)s") % {"address": masked}

    def ask(self, case: Case, offered: Offerable, target: int | None) -> Question:
        address = next((one for one in offered.addresses if one.id == target), None)
        if address is None:
            raise Denied(_("This address isn’t accepted as the owner’s."))
        if case.evidence.filter(method=self.name).count() >= policies.EMAIL_CODES_A_CASE:
            raise Denied(_("No more codes can be sent in this case."))
        code = codes.digits(6)
        self._send(case, address, code)
        return Question(target=address.id, masked=address.masked, digest=make_password(code))

    def _send(self, case: Case, address: BoundAddress, code: str) -> None:
        assert case.agent is not None, "an agent asks"
        mails.evidence_code(
            Recipient(
                address=address.value,
                language=case.language,
                zone=case.zone,
                account=case.account_id,
                case=case.pk,
            ),
            code=code,
            minutes=int(self.life.total_seconds() // 60),
            agent_name=case.agent.name_for(case.language),
        )

    def shown(self, evidence: Evidence, typed: str) -> int | None:
        return evidence.target if check_password(codes.typed(typed), evidence.digest) else None

    def field(self) -> forms.CharField:
        return CodeField(label=_("Code from your e-mail"))

    def hint(self, masked: str) -> str:
        return _("We sent a 6-digit code to %(target)s.") % {"target": masked}

    def wrong(self, _case: Case, _typed: str) -> str:
        return _("This code is incorrect. Enter the code from our newest e-mail.")

    def item_key(self, target: int) -> str:
        return address_key(target)

    def items(self, offered: Offerable, target: int | None) -> Sequence[Item]:
        return [
            Item(address_key(one.id), one.masked, one.bound_at)
            for one in offered.addresses
            if one.id == target
        ]
