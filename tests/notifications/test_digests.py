"""Notices by the hundred: the first at once, the others in one mail; what matters is never among them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts import mails
from common import clock
from notifications import rendering, tasks
from notifications.delivery import services as delivery
from notifications.digests import policies
from notifications.digests import services as digests
from notifications.models import Burst, Delivery, Digest, DigestItem
from notifications.recipients import Recipient
from tests.notifications.samples import HANAKO, KENJI, LINK, WHERE

pytestmark = pytest.mark.django_db

START = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)


def fails(to: Recipient = KENJI, at: datetime = START, link: str | None = LINK, **where: str) -> None:
    with clock.pretend(at):
        mails.failed_verification(to, at=at, **{**WHERE, **where}, not_me_link=link)  # type: ignore[arg-type]


def sent(message: str = "", to: Recipient = KENJI) -> list[Delivery]:
    rows = Delivery.objects.filter(address=to.address).order_by("pk")
    return list(rows.filter(message=message) if message else rows)


def sweeps(at: datetime) -> None:
    with clock.pretend(at):
        digests.send_due()


def test_the_first_goes_at_once_and_two_hundred_make_one_more_mail() -> None:
    for second in range(200):
        fails(at=START + timedelta(seconds=second))
    assert [one.message for one in sent()] == ["failed_verification"]
    sweeps(START + timedelta(minutes=59))
    assert len(sent()) == 1
    sweeps(START + timedelta(hours=1, minutes=2))
    assert [one.message for one in sent()] == ["failed_verification", "digest"]
    assert not Digest.objects.exists()
    assert not DigestItem.objects.exists()


def test_it_says_what_when_where_how_often_and_what_to_do_newest_first() -> None:
    fails()
    for minute in range(1, 18):
        fails(at=START + timedelta(minutes=minute))
    fails(at=START + timedelta(minutes=20), place="DE", browser="Firefox, Linux", link="/other/page/")
    sweeps(START + timedelta(hours=2))
    letter = rendering.write(sent("digest")[0])

    assert letter.subject == "18 more notices about your account"
    assert letter.text.index("Germany") < letter.text.index("Netherlands")
    assert "This happened 17 times." in letter.text
    assert "When: 22 November 2026, 14:17 (Greenwich Mean Time)" in letter.text
    assert "Browser: Firefox, Linux" in letter.text
    assert letter.text.count("Someone entered your password, but not your code") == 2
    assert letter.text.index("/other/page/") < letter.text.index(LINK)
    assert "Reference for this e-mail:" in letter.text


def test_it_is_in_its_readers_language_and_zone() -> None:
    for minute in range(3):
        fails(HANAKO, at=START + timedelta(minutes=minute))
    sweeps(START + timedelta(hours=2))
    letter = rendering.write(sent("digest", HANAKO)[0])
    assert "23:02（日本標準時）" in letter.text
    assert "オランダ" in letter.text
    assert "2段階認証" in letter.text


def test_each_kind_has_a_first_of_its_own() -> None:
    fails()
    fails()
    with clock.pretend(START):
        mails.new_sign_in(KENJI, at=START, **WHERE, not_me_link=LINK)
    assert [one.message for one in sent()] == ["failed_verification", "new_sign_in"]


def test_three_new_sign_ins_go_one_by_one() -> None:
    with clock.pretend(START):
        for _ in range(5):
            mails.new_sign_in(KENJI, at=START, **WHERE, not_me_link=LINK)
    assert len(sent("new_sign_in")) == 3
    assert DigestItem.objects.count() == 2


def test_what_matters_goes_at_once_alone_and_before_the_digest() -> None:
    for second in range(50):
        fails(at=START + timedelta(seconds=second))
    with clock.pretend(START + timedelta(minutes=1)):
        mails.credential_changed(KENJI, what="email", at=START, **WHERE, not_me_link=LINK)
        mails.account_frozen(KENJI, until=START, why="objection", link=LINK, help_link="/help/")
    sweeps(START + timedelta(hours=2))
    assert [one.message for one in sent()] == [
        "failed_verification",
        "credential_changed",
        "account_frozen",
        "digest",
    ]


def test_an_hour_later_the_next_one_is_a_first_again() -> None:
    fails()
    fails(at=START + timedelta(hours=1, seconds=1))
    assert len(sent("failed_verification")) == 2
    with clock.pretend(START + timedelta(days=1)):
        tasks.forget()
    assert not Burst.objects.exists()


def test_two_addresses_have_digests_of_their_own() -> None:
    other = Recipient("kenji.old@example.com", "en", "Europe/London", account=KENJI.account)
    for _ in range(3):
        fails()
        fails(other)
    sweeps(START + timedelta(hours=2))
    assert len(sent("digest")) == len(sent("digest", other)) == 1


def test_more_than_it_can_hold_is_counted() -> None:
    for _ in range(policies.MAX_ITEMS + 8):
        fails()
    sweeps(START + timedelta(hours=2))
    text = rendering.write(sent("digest")[0]).text
    assert f"This happened {policies.MAX_ITEMS} times." in text
    assert "7 more aren’t listed here." in text


def test_many_places_are_not_a_mail_without_end() -> None:
    for number in range(60):
        fails(link=f"/page/{number}/")
    sweeps(START + timedelta(hours=2))
    text = rendering.write(sent("digest")[0]).text
    assert text.count("http://localhost:8000/page/") == policies.MAX_ENTRIES
    assert f"{59 - policies.MAX_ENTRIES} more aren’t listed here." in text


def test_what_waits_for_its_digest_is_sealed() -> None:
    fails()
    fails()
    assert b"secret-token" not in bytes(DigestItem.objects.get().params)


def test_a_worker_that_dies_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        fails()

    def dies(*_args: Any, **_values: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(delivery, "queue", dies)
        with pytest.raises(ZeroDivisionError):
            sweeps(START + timedelta(hours=2))
    assert DigestItem.objects.count() == 2
    sweeps(START + timedelta(hours=2))
    assert len(sent("digest")) == 1
