"""Every mail, written in both languages, as its reader gets it."""

import html
import inspect
import re
from pathlib import Path

import pytest
from django.conf import settings

from accounts import mails as account_mails
from notifications import references, rendering
from notifications.digests import mails as digest_mails
from notifications.models import Delivery
from notifications.recipients import Recipient
from recovery import mails as case_mails
from tests.notifications.samples import HANAKO, KENJI, LINK, NIGHT, SAMPLES

pytestmark = pytest.mark.django_db

WRITTEN_BY = {
    name
    for module in (account_mails, case_mails, digest_mails)
    for name, function in inspect.getmembers(module, inspect.isfunction)
    if function.__module__ == module.__name__
}
FOLDERS = {
    folder.name for folder in (Path(settings.BASE_DIR) / "templates/mail").iterdir() if folder.is_dir()
}


def written(make, to) -> rendering.Letter:
    return rendering.write(Delivery.objects.get(pk=make(to)))


def bare(markup: str) -> str:
    """What a reader sees of HTML, on one line."""
    body = markup.split("<body>")[1]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def test_every_message_has_a_sample_and_a_folder():
    assert {re.split(r"[ :]", name)[0] for name in SAMPLES} == WRITTEN_BY == FOLDERS


@pytest.mark.parametrize("reader", [HANAKO, KENJI], ids=["ja", "en"])
@pytest.mark.parametrize("name", SAMPLES)
def test_it_is_whole(name, reader):
    letter = written(SAMPLES[name], reader)

    assert letter.subject
    assert "\n" not in letter.subject
    assert len(letter.subject) <= 78
    assert f'<html lang="{reader.language}">' in letter.html
    assert letter.subject in html.unescape(letter.html)
    for part in (letter.text, letter.html):
        assert "None" not in part
        assert "{{" not in part
        assert "{%" not in part
        assert "style=" not in part
        assert f"{settings.ORIGIN}/help/" in part
        assert f"{settings.ORIGIN}/is-this-you/" in part
    assert not re.search(r"\n{3}", letter.text)
    assert "&" not in letter.text


@pytest.mark.parametrize("reader", [HANAKO, KENJI], ids=["ja", "en"])
@pytest.mark.parametrize("name", SAMPLES)
def test_it_carries_its_reference(name, reader):
    delivery = Delivery.objects.get(pk=SAMPLES[name](reader))
    letter = rendering.write(delivery)

    for part in (letter.text, bare(letter.html)):
        assert references.of(delivery.message_id) in part.split(f"{settings.ORIGIN}/is-this-you/")[0]


@pytest.mark.parametrize("reader", [HANAKO, KENJI], ids=["ja", "en"])
@pytest.mark.parametrize("name", SAMPLES)
def test_text_and_html_say_the_same(name, reader):
    letter = written(SAMPLES[name], reader)
    seen = bare(letter.html)

    for line in letter.text.splitlines():
        words = re.sub(r"^(- |\d\. )", "", line.strip())
        if re.match(r"^-+$", words) or words.startswith(settings.SITE_NAME + " ·"):
            continue
        # Facts and dated changes are lines in the text, rows and columns in the HTML.
        separator = "  " if "  " in words else r"[:：]\s*"
        for piece in [words] if words in seen else re.split(separator, words, maxsplit=1):
            assert piece in seen


@pytest.mark.parametrize("name", SAMPLES)
def test_a_link_stands_in_text_and_html_and_leads_to_the_configured_origin(name):
    letter = written(SAMPLES[name], KENJI)

    assert (LINK in letter.text) == (LINK in letter.html)
    for address in re.findall(r"https?://[^\s\"<]+", letter.text + letter.html):
        assert address == settings.ORIGIN or address.startswith(settings.ORIGIN + "/")


def test_moments_and_places_are_words_in_the_readers_language_and_zone():
    hers = written(SAMPLES["new_sign_in"], HANAKO)
    his = written(SAMPLES["new_sign_in"], KENJI)

    assert "2026年11月22日 23:41（日本標準時）" in hers.text
    assert "オランダ" in hers.text
    assert "22 November 2026, 14:41 (Greenwich Mean Time)" in his.text
    assert "Netherlands" in his.text


def test_a_restore_does_not_say_where_the_agent_sits():
    letter = written(SAMPLES["credential_changed: restored"], KENJI)

    assert "When: 22 November 2026" in letter.text
    assert "Netherlands" not in letter.text + letter.html
    assert "Chrome" not in letter.text + letter.html


def test_the_letter_takes_no_change_that_it_has_no_words_for():
    with pytest.raises(ValueError, match="no words"):
        case_mails.Change(NIGHT, "horoscope")


def test_an_unknown_place_is_said_to_be_unknown():
    letter = written(SAMPLES["credential_changed without a link"], KENJI)

    assert "Where: unknown" in letter.text
    assert "Browser: unknown" in letter.text


def test_a_zone_that_nobody_knows_does_not_stop_a_mail():
    lost = Recipient("kenji@example.com", "en", "Mars/Olympus", account=7002)

    assert "23:41 (Japan Standard Time)" in written(SAMPLES["new_sign_in"], lost).text


def test_what_the_account_says_of_itself_is_text_and_never_markup():
    letter = written(SAMPLES["credential_changed: authenticator"], KENJI)

    assert "Phone <b>" in letter.text
    assert "Phone &lt;b&gt;" in letter.html


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/x", "//evil.example/x", "http://localhost:8000.evil.example/", "javascript:x"],
)
def test_a_link_that_leads_elsewhere_is_refused(elsewhere):
    with pytest.raises(ValueError, match="ORIGIN"):
        case_mails.check_in(KENJI, link=elsewhere)


def test_who_is_asked_to_approve_reads_the_number_of_the_case_and_not_of_the_mail():
    letter = written(SAMPLES["approval_wanted"], KENJI)

    assert letter.subject == "Approval needed for case R-7K2M"
    assert "a second person on case R-7K2M and" in letter.text


def test_the_code_is_not_in_the_subject():
    letter = written(SAMPLES["evidence_code"], KENJI)

    assert "482 913" in letter.text
    assert "482 913" in letter.html
    assert "482" not in letter.subject


def test_a_late_mail_still_says_until_when_its_code_works():
    letter = written(SAMPLES["sign_up_link"], KENJI)

    assert re.search(r"until \d+ \w+ \d{4}, \d\d:\d\d \(", letter.text)


def test_an_address_bound_inside_the_window_learns_no_more_than_that_it_was_removed():
    letter = written(SAMPLES["address_removed"], KENJI)

    assert LINK not in letter.text
    assert len(letter.text.split("---")[0].split()) < 25


def test_the_letter_says_what_was_found_what_was_not_and_what_to_do():
    text = written(SAMPLES["findings"], KENJI).text

    found, rest = text.split("What was not changed")
    assert "Netherlands" in found
    assert "22 Nov, 14:42  Changed the sign-in e-mail" in found
    assert "Your recovery codes" in rest
    for advice in ("card company", "anywhere else", "two-step verification"):
        assert advice in rest.split("What to do now")[1]


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="zone"):
        account_mails.freeze_lifted(KENJI, at=NIGHT.replace(tzinfo=None))
