"""A mail server that is away, and a worker that dies while it sends: no mail is lost, and none is doubled."""

import time
from collections import Counter
from collections.abc import Callable

import pytest
from celery import current_app

from accounts import mails
from common import clock
from devtools import smtp
from notifications.models import Delivery
from notifications.recipients import Recipient

pytestmark = [pytest.mark.journey]

PEOPLE = [f"person{number}@example.com" for number in range(6)]


@pytest.fixture
def mail_server(_catcher):
    yield _catcher
    if not _catcher.running:
        _catcher.start()


def test_mails_of_an_hour_without_a_mail_server_arrive_once_each(site, mail_server):
    mail_server.stop()
    for address in PEOPLE:
        mails.freeze_lifted(Recipient(address=address, language="en", zone="Asia/Tokyo"), at=clock.now())
    _until(lambda: Delivery.objects.filter(attempts__gt=0, state="waiting").exists())
    assert not Delivery.objects.exclude(state__in=("waiting", "sending")).exists()

    # Now the server takes the connection and says nothing, and the worker that waits for it is killed.
    mute = smtp.listen(mail_server.port)
    _let_time_pass()
    _until(lambda: Delivery.objects.filter(state="sending").exists())
    site.kill("worker")
    Delivery.objects.filter(state="sending").update(lease_until=clock.now())  # minutes later
    mute.close()
    mail_server.start()
    site.start("worker")
    _let_time_pass()
    _until(lambda: Delivery.objects.filter(state="sent").count() == len(PEOPLE))
    arrived = [letter for letter in site.mail.letters() if letter.to[0] in PEOPLE]
    assert Counter(letter.to[0] for letter in arrived) == dict.fromkeys(PEOPLE, 1)
    assert len({letter.message["Message-ID"] for letter in arrived}) == len(PEOPLE)


def _let_time_pass() -> None:
    """As if the pauses after the failed attempts were over."""
    Delivery.objects.filter(state="waiting").update(due_at=clock.now())
    current_app.send_task("notifications.tasks.sweep")


def _until(done: Callable[[], object], limit: float = 40) -> None:
    end = time.monotonic() + limit
    while not done():
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.05)
