"""Two workers and one digest: it is queued once, and no notice is lost between the two."""

from datetime import timedelta

import pytest

from accounts import mails
from common import clock, encryption
from notifications.digests import services as digests
from notifications.models import Delivery, Digest, DigestItem
from tests.concurrency.conftest import at_once
from tests.notifications.samples import KENJI, WHERE

pytestmark = pytest.mark.django_db(transaction=True)


def fails() -> None:
    mails.failed_verification(KENJI, at=clock.now(), place="NL", browser=WHERE["browser"])


def test_of_notices_at_once_one_goes_and_the_others_are_gathered() -> None:
    results = at_once(*[fails for _ in range(4)])
    assert results == [None] * 4
    assert Delivery.objects.count() == 1
    assert DigestItem.objects.count() == 3
    assert Digest.objects.count() == 1


def test_two_workers_queue_one_digest() -> None:
    for _ in range(3):
        fails()
    digest = Digest.objects.get()
    Digest.objects.update(due_at=clock.now() - timedelta(seconds=1))
    results = at_once(*[lambda: digests.send(digest.pk) for _ in range(4)])
    assert sorted(map(bool, results)) == [False, False, False, True]
    assert Delivery.objects.filter(message="digest").count() == 1


def test_a_notice_that_comes_while_the_digest_is_sent_is_in_it_or_in_the_next() -> None:
    for _ in range(3):
        fails()
    digest = Digest.objects.get()
    Digest.objects.update(due_at=clock.now() - timedelta(seconds=1))
    results = at_once(fails, lambda: digests.send(digest.pk), fails)
    assert not [one for one in results if isinstance(one, Exception)]
    told = 0
    for delivery in Delivery.objects.filter(message="digest"):
        assert delivery.params is not None
        told += encryption.unseal(delivery.params)["count"]
    assert told + DigestItem.objects.count() == 4
