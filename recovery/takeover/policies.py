"""On which accounts the desk may act."""

from django.utils.translation import gettext as _

from common.errors import Denied, refusal_of
from recovery.models import Case


def desk_can_recover(case: Case) -> bool:
    return not refusal_of(check_desk_can_recover, case)


def check_desk_can_recover(case: Case) -> None:
    if case.account is None:
        raise Denied(_("No account uses the e-mail address given by the claimant."))
    if case.account.is_staff_member:
        raise Denied(_("This is a staff account. Two admins recover it, not the desk."))
