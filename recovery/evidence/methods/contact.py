"""A recovery contact who has spoken with the caller, and says that it is the owner (63B-4 section 4.2.1.3).

The agent chooses among masked names; the link goes to the address that the owner gave. Whoever vouches
types nothing into the caller's page: they answer on a page of their own (``recovery.vouching``).
"""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.doubt.selectors import contact_key
from accounts.links import absolute
from accounts.recovery_contacts.selectors import CountingContact, owner_name
from common import clock, codes
from common.errors import Denied
from notifications.recipients import Recipient
from recovery import letters, mails
from recovery.evidence import policies
from recovery.evidence.methods.base import EvidenceMethod, Item, Option, Question
from recovery.models import Case
from recovery.models.evidence import Method
from recovery.takeover.selectors import Offerable


class ContactVouch(EvidenceMethod):
    name = Method.CONTACT
    proof = gettext_lazy("a recovery contact")
    icon = "user"
    # The link goes to a mailbox, and a fraud may have talked somebody round.
    in_the_hand = False
    is_sent = True
    is_typed = False
    life = policies.CONTACT_LINK_LIFE
    holds = policies.VOUCH_LIFE
    max_asked = policies.CONTACTS_A_CASE

    def options(self, offered: Offerable) -> Sequence[Option]:
        return [Option(self.described(one.name), one.id) for one in offered.contacts]

    def described(self, masked: str) -> str:
        return _("Recovery contact %(name)s") % {"name": masked}

    def ask(self, case: Case, offered: Offerable, target: int | None) -> Question:
        contact = next((one for one in offered.contacts if one.id == target), None)
        if contact is None:
            raise Denied(_("This contact isn’t accepted as the owner’s."))
        if case.evidence.filter(method=self.name).count() >= policies.CONTACTS_A_CASE:
            raise Denied(_("No more contacts can be asked in this case."))
        token = codes.token()
        self._send(case, contact, token)
        letters.tell_contact_asked(case)
        return Question(target=contact.id, masked=contact.name, digest=codes.fingerprint(token))

    def _send(self, case: Case, contact: CountingContact, token: str) -> None:
        """The contact learns the owner's name, and nothing else of the account or the case."""
        assert case.account is not None, "only accounts have contacts"
        mails.contact_asked(
            Recipient(contact.address, case.account.language, case.account.zone, case.account.pk, case.pk),
            owner=owner_name(case.account),
            link=absolute("vouch_link", token),
            until=clock.now() + self.life,
        )

    def item_key(self, target: int) -> str:
        return contact_key(target)

    def items(self, offered: Offerable, target: int | None) -> Sequence[Item]:
        return [
            Item(contact_key(one.id), one.name, one.bound_at) for one in offered.contacts if one.id == target
        ]
