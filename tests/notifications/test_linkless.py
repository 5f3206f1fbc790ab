"""Mails without links: each link is a code, which opens the same page at the portal's own address."""

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection

from common import clock, codes, encryption
from notifications import linkless, references, rendering, tasks
from notifications.delivery import services
from notifications.models import Delivery, MailCode
from notifications.recipients import Recipient
from tests.notifications.samples import HANAKO, KENJI, LINK, NIGHT, SAMPLES

pytestmark = pytest.mark.django_db

CODE = r"\b(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}\b"
READERS = pytest.mark.parametrize("reader", [HANAKO, KENJI], ids=["ja", "en"])
MAILS = pytest.mark.parametrize("name", SAMPLES)


@pytest.fixture
def without_links(settings: Any) -> None:
    settings.LINKLESS_MAILS = True


def delivery_of(name: str, reader: Recipient) -> Delivery:
    return Delivery.objects.get(pk=SAMPLES[name](reader))


def written(delivery: Delivery) -> rendering.Letter:
    linkless.prepare(delivery)
    return rendering.write(delivery)


def links_of(value: Any) -> list[str]:
    """Every link in packed values that is not a page for everybody."""
    match value:
        case {"$link": str(address)}:
            return [address]
        case dict():
            return [one for item in value.values() for one in links_of(item)]
        case list():
            return [one for item in value for one in links_of(item)]
    return []


@READERS
@MAILS
def test_no_mail_has_an_address_but_the_portals_own(
    name: str, reader: Recipient, without_links: None
) -> None:
    letter = written(delivery_of(name, reader))
    body = letter.html.split("<body>")[1]
    for part in (letter.subject, letter.text, letter.html):
        assert "http" not in part
        assert "None" not in part
    assert "href" not in body
    assert "secret-token" not in letter.text + letter.html
    # What is left of addresses: the portal's, with nothing behind it.
    rests = re.findall(r"localhost:8000(\S*)", letter.text)
    assert rests
    assert not [rest for rest in rests if rest.startswith("/")]


@READERS
@MAILS
def test_each_link_has_a_code_in_its_place_that_opens_the_same_page(
    name: str, reader: Recipient, without_links: None
) -> None:
    with clock.pretend(NIGHT - timedelta(hours=1)):
        delivery = delivery_of(name, reader)
        linked = links_of(encryption.unseal(delivery.params or b""))
        letter = written(delivery)
        shown = re.findall(CODE, letter.text)
        opened = [linkless.open_code(code) for code in shown]

    assert len(shown) == len(linked)
    assert shown == re.findall(CODE, html.unescape(letter.html))
    assert [django_settings.ORIGIN + one.path for one in opened if one] == linked
    assert {one.message for one in opened if one} <= {delivery.message}


@READERS
@MAILS
def test_text_and_html_say_the_same_without_links_too(
    name: str, reader: Recipient, without_links: None
) -> None:
    letter = written(delivery_of(name, reader))
    seen = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", letter.html.split("<body>")[1])).split())
    for code in re.findall(CODE, letter.text):
        assert code in seen
    instruction = {"en": "choose “Enter a code from an e-mail”", "ja": "「メールのコードを入力」"}
    assert (instruction[reader.language] in letter.text) == bool(re.findall(CODE, letter.text))
    assert (instruction[reader.language] in seen) == bool(re.findall(CODE, letter.text))


@MAILS
def test_no_mail_speaks_of_a_link_that_it_has_not(name: str, without_links: None) -> None:
    text = written(delivery_of(name, KENJI)).text
    said = [line for line in text.splitlines() if re.search(r"\blinks?\b", line)]
    assert all("has no links" in line for line in said), said


def test_a_mail_that_is_sent_again_has_the_same_code(without_links: None) -> None:
    delivery = delivery_of("password_link", KENJI)
    first = written(delivery)
    again = written(Delivery.objects.get(pk=delivery.pk))
    assert first == again
    assert MailCode.objects.count() == 1


def test_a_code_is_known_however_it_is_typed(without_links: None) -> None:
    (code,) = re.findall(CODE, written(delivery_of("password_link", KENJI)).text)
    wide = code.translate({ord(char): ord(char) + 0xFEE0 for char in "0123456789ABCDEFGHJKMNPQRSTVWXYZ-"})
    misread = code.replace("1", "I").replace("0", "o")
    for typed in (code.lower(), code.replace("-", " "), code.replace("-", ""), wide, f" {code} ", misread):
        opened = linkless.open_code(typed)
        assert opened is not None, typed
        assert opened.path == LINK


def test_a_code_has_eighty_bits() -> None:
    assert len(codes.ALPHABET) ** linkless.LENGTH >= 2**80


def test_who_reads_the_database_with_every_key_opens_nothing(without_links: None) -> None:
    delivery = delivery_of("password_link", KENJI)
    (code,) = re.findall(CODE, written(delivery).text)
    Delivery.objects.filter(pk=delivery.pk).update(params=None, state="failed")  # over: as after sending
    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM notifications_mailcode t")
        (row,) = cursor.fetchone()
    assert "secret-token" not in row
    assert linkless.plain(code) not in row.lower()
    with pytest.raises(encryption.Unreadable):
        encryption.unseal(MailCode.objects.get().target)


def test_a_code_that_is_put_upon_another_row_opens_nothing(without_links: None) -> None:
    (code,) = re.findall(CODE, written(delivery_of("new_sign_in", KENJI)).text)
    written(delivery_of("password_link", KENJI))
    mine, other = MailCode.objects.order_by("pk")
    MailCode.objects.filter(pk=mine.pk).update(target=other.target)
    assert linkless.open_code(code) is None
    MailCode.objects.filter(pk=mine.pk).update(target=mine.target, message="password_link")
    assert linkless.open_code(code) is None


def test_a_code_works_as_long_as_its_link_and_no_longer(without_links: None) -> None:
    def code_of(name: str) -> str:
        (code,) = re.findall(CODE, written(delivery_of(name, KENJI)).text)
        return str(code)

    short, long = code_of("password_link"), code_of("new_sign_in")
    with clock.pretend(clock.now() + timedelta(minutes=61)):
        assert linkless.open_code(short) is None
        assert linkless.open_code(long) is not None
    with clock.pretend(clock.now() + timedelta(days=30, minutes=1)):
        assert linkless.open_code(long) is None
        tasks.forget()
    assert not MailCode.objects.exists()


def test_it_works_after_the_secret_key_has_changed(without_links: None, settings: Any) -> None:
    (code,) = re.findall(CODE, written(delivery_of("new_sign_in", KENJI)).text)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]
    assert linkless.open_code(code) is not None
    settings.SECRET_KEY_FALLBACKS = []
    assert linkless.open_code(code) is None


def test_the_reference_of_a_mail_opens_nothing(without_links: None) -> None:
    delivery = delivery_of("password_link", KENJI)
    written(delivery)
    assert linkless.open_code(references.of(delivery.message_id)) is None


def test_it_is_sent_with_codes_and_nothing_is_left_of_them(mail_server: Any, without_links: None) -> None:
    delivery = delivery_of("password_link", KENJI)
    tasks.send(delivery=delivery.pk)
    (message,) = mail_server.received
    text = next(message.iter_parts()).get_content()
    (code,) = re.findall(CODE, text)
    opened = linkless.open_code(code)
    assert opened
    assert opened.path == LINK
    delivery.refresh_from_db()
    assert (delivery.linkless, delivery.params) == (True, None)


def test_a_worker_that_lost_its_mail_draws_no_codes(without_links: None, mail_server: Any) -> None:
    delivery = delivery_of("password_link", KENJI)
    claimed = services._claim(delivery.pk)
    assert claimed is not None
    Delivery.objects.filter(pk=delivery.pk).update(attempts=claimed.attempts + 1)
    with pytest.raises(Exception, match="taken over"):
        linkless.prepare(claimed)
    assert not MailCode.objects.exists()


def test_with_links_there_are_no_codes() -> None:
    letter = written(delivery_of("password_link", KENJI))
    assert LINK in letter.text
    assert not MailCode.objects.exists()
