"""A mail that is owed arrives once, whatever fails on its way."""

import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

import celery
import pytest
from django.conf import settings as django_settings
from django.db import DatabaseError, IntegrityError, connection, transaction

from common import clock, encryption
from common.errors import Stale
from notifications import tasks
from notifications.channels import mail
from notifications.delivery import policies, services
from notifications.models import Delivery
from notifications.recipients import Recipient
from notifications.states import FINAL, TRANSITIONS, DeliveryState
from recovery import mails
from tests.notifications.samples import HANAKO, KENJI, NIGHT, SAMPLES

START = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)


def owe(to=KENJI, code="482913") -> Delivery:
    return Delivery.objects.get(pk=mails.evidence_code(to, code=code, minutes=10, agent_name="Sato"))


def sweep_at(moment) -> None:
    with clock.pretend(moment):
        tasks.sweep()


@pytest.mark.django_db
def test_a_mail_arrives_with_japanese_intact(mail_server):
    delivery = Delivery.objects.get(pk=SAMPLES["new_sign_in"](HANAKO))
    tasks.send(delivery=delivery.pk)

    (message,) = mail_server.received
    text, html = message.iter_parts()
    assert "オランダ" in text.get_content()
    assert "2026年11月22日 23:41（日本標準時）" in html.get_content()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert message["To"] == "hanako@example.jp"
    assert message["Message-ID"] == delivery.message_id
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "ja"
    assert not [name for name in message if name.startswith("List-")]


@pytest.mark.django_db
def test_once_sent_no_secret_is_left_in_the_row_and_the_trail_knows(mail_server, trail):
    delivery = owe()
    assert delivery.params is not None
    assert b"482" not in bytes(delivery.params)
    assert encryption.unseal(delivery.params)["code"] == "482 913"

    tasks.send(delivery=delivery.pk)

    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.SENT
    assert Delivery.objects.filter(
        pk=delivery.pk, params=None, lease_until=None, sent_at__isnull=False
    ).exists()
    assert trail(KENJI.account)[-1] == ("mail.sent", "ok", '{"message": "evidence_code"}')


@pytest.mark.django_db
def test_the_task_is_sent_on_commit_with_the_id_alone(monkeypatch, django_capture_on_commit_callbacks):
    sent = []
    monkeypatch.setattr(celery.current_app, "send_task", lambda name, **options: sent.append((name, options)))

    with django_capture_on_commit_callbacks(execute=True):
        delivery = owe()
        assert not sent

    ((name, options),) = sent
    assert name == "notifications.tasks.send"
    assert options["kwargs"] == {"delivery": delivery.pk}


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_was_never_owed(mail_server):
    with transaction.atomic():
        owe()
        transaction.set_rollback(True)

    tasks.sweep()
    assert not mail_server.received


@pytest.mark.django_db
def test_a_mail_for_tomorrow_waits_until_then(mail_server):
    with clock.pretend(START):
        delivery = mails.check_in(KENJI, link="/account/", due_at=START + timedelta(days=1))
        tasks.send(delivery=delivery)
    sweep_at(START + timedelta(hours=23))
    assert not mail_server.received

    sweep_at(START + timedelta(hours=24))
    assert len(mail_server.received) == 1


@pytest.mark.django_db
def test_an_hour_without_a_mail_server_loses_no_mail_and_doubles_none(closed_mail_server):
    with clock.pretend(START):
        owed = [owe(code=f"{number:06}").message_id for number in range(5)]

    for minute in range(60):
        sweep_at(START + timedelta(minutes=minute))
    assert Delivery.objects.filter(state=DeliveryState.WAITING).count() == 5
    assert all("Refused" in error for error in Delivery.objects.values_list("last_error", flat=True))

    closed_mail_server.start()
    for minute in range(60, 125):
        sweep_at(START + timedelta(minutes=minute))
    assert sorted(closed_mail_server.ids) == sorted(owed)
    assert set(Delivery.objects.values_list("state", flat=True)) == {DeliveryState.SENT}


@pytest.mark.django_db
def test_while_the_server_is_away_a_sweep_asks_it_once(closed_mail_server):
    for _mail in range(3):
        owe()
    tasks.sweep()

    assert sorted(Delivery.objects.values_list("attempts", flat=True)) == [0, 0, 1]


@pytest.mark.django_db
def test_one_refused_mailbox_does_not_hold_up_the_others(mail_server):
    mail_server.refuse[HANAKO.address] = "450 4.2.1 Try later"
    owe(HANAKO)
    owe(KENJI)
    tasks.sweep()

    assert [message["To"] for message in mail_server.received] == [KENJI.address]


@pytest.mark.django_db
def test_the_pauses_grow_from_half_a_minute_to_an_hour(closed_mail_server):
    with clock.pretend(START):
        delivery = owe()
        tasks.send(delivery=delivery.pk)
    delivery.refresh_from_db()
    assert delivery.due_at == START + timedelta(seconds=30)

    with clock.pretend(START + timedelta(seconds=29)):
        tasks.send(delivery=delivery.pk)
    delivery.refresh_from_db()
    assert delivery.attempts == 1

    pauses = [policies.pause_after(attempts) for attempts in range(1, 200)]
    assert pauses[:4] == [timedelta(seconds=30 * 2**power) for power in range(4)]
    assert max(pauses) == timedelta(hours=1)


@pytest.mark.django_db
def test_after_three_days_of_trying_it_is_given_up_and_the_trail_says_so(closed_mail_server, trail):
    moment = START
    with clock.pretend(START):
        delivery = owe()
    while delivery.state not in FINAL:
        sweep_at(moment)
        delivery.refresh_from_db()
        moment = max(moment, delivery.due_at)

    assert timedelta(days=3) <= moment - START <= timedelta(days=3, hours=1)
    assert (delivery.state, delivery.params) == ("failed", None)
    action, outcome, details = trail(KENJI.account)[-1]
    assert (action, outcome) == ("mail.failed", "failed")
    assert '"permanent": false' in details


@pytest.mark.django_db
def test_a_mailbox_that_does_not_exist_is_not_tried_again(mail_server, trail):
    mail_server.refuse[KENJI.address] = "550 5.1.1 No such user"
    delivery = owe()
    tasks.send(delivery=delivery.pk)

    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, delivery.params) == ("failed", 1, None)
    assert "No such user" in delivery.last_error
    assert '"permanent": true' in trail(KENJI.account)[-1][2]


@pytest.mark.django_db
def test_a_mailbox_that_is_busy_is_tried_again(mail_server):
    mail_server.refuse[KENJI.address] = "450 4.2.1 Try later"
    with clock.pretend(START):
        delivery = owe()
        tasks.send(delivery=delivery.pk)
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.WAITING

    mail_server.refuse.clear()
    sweep_at(START + timedelta(minutes=1))
    assert mail_server.ids == [delivery.message_id]


@pytest.mark.django_db
def test_an_address_that_no_mail_can_carry_is_not_tried_again(mail_server):
    odd = Recipient("kenji@example.com\nBcc: thief@example.net", "en", "Asia/Tokyo")
    delivery = owe(odd)
    tasks.send(delivery=delivery.pk)

    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.FAILED
    assert not mail_server.received


@pytest.mark.django_db
def test_a_fault_of_ours_is_logged_and_the_mail_waits_for_the_mend(mail_server, caplog, settings):
    with clock.pretend(START):
        delivery = owe()
        settings.SEALING_KEYS = ["MTExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTE="]
        tasks.send(delivery=delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.last_error) == ("waiting", "Unreadable")
    assert "could not be written" in caplog.text
    assert "482" not in caplog.text

    settings.SEALING_KEYS = django_settings.SEALING_KEYS + ["MDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA="]
    sweep_at(START + timedelta(minutes=1))
    assert len(mail_server.received) == 1


@pytest.mark.django_db
def test_a_lost_lease_cannot_conclude_what_another_has_taken_over(monkeypatch, trail):
    """The first worker was thought dead, and comes back while the second one is sending."""
    before = len(trail(KENJI.account))
    delivery = owe()

    def slow(envelope):
        Delivery.objects.filter(pk=delivery.pk).update(attempts=2)

    monkeypatch.setattr(mail, "send", slow)
    tasks.send(delivery=delivery.pk)

    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.SENDING
    assert len(trail(KENJI.account)) == before


@pytest.mark.django_db
def test_a_mail_that_kills_every_worker_is_given_up_too(mail_server):
    delivery = owe()
    Delivery.objects.filter(pk=delivery.pk).update(attempts=policies.MAX_ATTEMPTS)
    tasks.send(delivery=delivery.pk)

    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.FAILED
    assert not mail_server.received


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_it_once(mail_server):
    mail_server.seconds = 0.3
    delivery = owe()
    together = threading.Barrier(2)

    def work():
        together.wait()
        try:
            services.send(delivery.pk)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert mail_server.ids == [delivery.message_id]
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == (DeliveryState.SENT, 1)


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_is_made_good_for_with_the_same_mail(mail_server):
    mail_server.hang = True
    delivery = owe()
    worker = subprocess.Popen(
        [
            sys.executable,
            "-c",
            WORKER,
            str(delivery.pk),
            connection.settings_dict["NAME"],
            str(mail_server.port),
        ]
    )
    try:
        deadline = time.monotonic() + 60
        while not mail_server.received and worker.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
    finally:
        worker.kill()
        worker.wait()
    assert len(mail_server.received) == 1
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.SENDING

    mail_server.hang = False
    tasks.sweep()
    assert len(mail_server.received) == 1, "its lease holds: nobody knows yet that the worker is dead"

    sweep_at(clock.now() + policies.LEASE)
    assert mail_server.ids == [delivery.message_id] * 2
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.SENT


WORKER = """
import sys
from django.conf import settings
import django
django.setup()
settings.DATABASES["default"]["NAME"] = sys.argv[2]
settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int(sys.argv[3])
from notifications.delivery import services
services.send(int(sys.argv[1]))
"""


@pytest.mark.django_db
@pytest.mark.parametrize(
    "broken",
    [
        {"state": "lost"},
        {"state": "sent", "sent_at": NIGHT},
        {"state": "failed"},
        {"state": "sending"},
        {"params": None},
        {"sent_at": NIGHT},
        {"lease_until": NIGHT},
    ],
    ids=str,
)
def test_the_database_refuses_a_row_that_contradicts_itself(broken):
    delivery = owe()
    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.filter(pk=delivery.pk).update(**broken)


@pytest.mark.django_db
def test_two_mails_never_share_a_message_id():
    first, second = owe(), owe()
    with pytest.raises(DatabaseError), transaction.atomic():
        Delivery.objects.filter(pk=second.pk).update(message_id=first.message_id)


@pytest.mark.django_db
@pytest.mark.parametrize("final", sorted(FINAL))
def test_what_is_over_does_not_move(final):
    delivery = owe()
    Delivery.objects.filter(pk=delivery.pk).update(
        state=final, params=None, sent_at=NIGHT if final == DeliveryState.SENT else None
    )
    for state in DeliveryState:
        with pytest.raises(Stale):
            Delivery.objects.move(delivery, state)


def test_every_state_is_in_the_table():
    assert set(TRANSITIONS) == set(DeliveryState)


def to(address: str) -> Recipient:
    return Recipient(address, "en", "UTC")


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["foo..bar@docomo.ne.jp", "foo.@ezweb.ne.jp", "max@xn--strae-oqa.de"])
def test_unusual_addresses_get_their_mail(address, mail_server):
    tasks.send(delivery=owe(to(address)).pk)
    assert [message["To"] for message in mail_server.received] == [address]


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["a@example.jp\nBcc: b@example.jp", "a@example.jp, b@example.jp"])
def test_no_address_adds_a_reader_or_a_header(address, mail_server):
    delivery = owe(to(address))
    tasks.send(delivery=delivery.pk)
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.FAILED
    assert not mail_server.received
