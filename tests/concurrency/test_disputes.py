"""A dispute on two connections at once: given once, or contested, or withdrawn; never two of these."""

from datetime import timedelta
from functools import partial

import pytest

from accounts.models import User
from common import clock
from notifications.models import Delivery
from recovery.cases import changes
from recovery.disputes import services as disputes
from recovery.models import Case, Dispute
from recovery.states import CaseState, DisputeState
from tests.concurrency.conftest import at_once
from tests.concurrency.test_desk import refusals
from tests.support import former_partner as former
from tests.support.former_partner import NEW, OLD, Partner

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def due(transactional_db: None) -> Dispute:
    """An announced restore whose 72 hours are over, everything committed."""
    desk = former.build()
    dispute = former.announced(Partner(desk))
    earlier = dispute.announced_at - timedelta(hours=73)
    Dispute.objects.filter(pk=dispute.pk).update(announced_at=earlier, due_at=earlier + timedelta(hours=72))
    return Dispute.objects.get()


def test_two_workers_at_once_give_the_account_once(due: Dispute) -> None:
    results = list(at_once(disputes.give_due, disputes.give_due, disputes.give_due))
    assert sorted(results) == [0, 0, 1]
    assert User.objects.get(pk=due.account_id).email == OLD
    assert Delivery.objects.filter(message="password_link").count() == 1


def test_she_contests_at_the_moment_at_which_it_is_due(due: Dispute) -> None:
    results = list(
        at_once(
            disputes.give_due,
            partial(disputes.contest_signed_in, user_id=due.account_id, factor="totp"),
        )
    )
    refused = refusals(results)
    due.refresh_from_db()
    given = User.objects.get(pk=due.account_id).email == OLD
    assert due.state == (DisputeState.GIVEN if given else DisputeState.CONTESTED)
    assert bool(refused) == given
    assert (results[0] == 1) == given


def test_he_withdraws_at_the_moment_at_which_it_is_due(due: Dispute) -> None:
    results = list(
        at_once(disputes.give_due, partial(changes.withdraw, case=Case.objects.get(pk=due.case_id)))
    )
    refusals(results)
    due.refresh_from_db()
    case, email = Case.objects.get(pk=due.case_id), User.objects.get(pk=due.account_id).email
    ends = (due.state, case.state, email)
    assert ends in (
        (DisputeState.GIVEN, CaseState.RESTORED, OLD),
        (DisputeState.WITHDRAWN, CaseState.WITHDRAWN, NEW),
    )
    assert clock.now() > due.due_at
