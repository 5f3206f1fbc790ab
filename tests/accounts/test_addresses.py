"""One person, one mailbox, one account: however its address is spelled, and at whichever door."""

from importlib import import_module
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse

from accounts.credentials import password_links
from accounts.limits import MAILS_AN_HOUR
from accounts.models import Identifier, PendingEmail, User
from accounts.selectors import accounts_of_address, address_as_typed, find_account
from accounts.sign_up import services as sign_up
from audit.search.forms import PeopleField
from common.email_addresses import normal
from notifications.models import Delivery
from recovery.models import Case
from tests.support import people
from tests.support.http_client import Visitor, mails, opened
from tests.support.people import Actor

SPELLINGS = [
    "HANAKO@Example.JP",
    "ｈａｎａｋｏ＠ｅｘａｍｐｌｅ．ｊｐ",
    "hanako@example。jp",
    "hanako@example.jp\u200b",
    "hanako@exam\u00adple.jp",
    '"hanako"@example.jp',
]
REFUSED = [
    "m\u0131ke@example.org",
    "user@[127.0.0.1]",
    "hanako",
    "ﷺ" * 60 + "@example.jp",
    "a\x00b@example.jp",
]
BY_PHONE = ["foo..bar@docomo.ne.jp", ".foo@docomo.ne.jp", "foo.@ezweb.ne.jp"]

spelled = pytest.mark.parametrize("spelling", SPELLINGS, ids=ascii)


@spelled
def test_hanako_signs_in_with_any_spelling(hanako: Actor, spelling: str) -> None:
    answer = Visitor().post("accounts:sign_in", email=spelling, password=hanako.password)
    assert answer.status_code == 302


@spelled
def test_a_forgotten_password_is_mailed_to_the_one_form(hanako: Actor, spelling: str) -> None:
    Visitor().post("accounts:forgot", email=spelling)
    password_links.answer_waiting()
    assert mails("hanako@example.jp")[-1] == "password_link"
    assert {row.address for row in Delivery.objects.all()} == {"hanako@example.jp"}


@spelled
def test_nobody_signs_up_beside_hanako_with_her_mailbox(hanako: Actor, spelling: str) -> None:
    assert Visitor().post("accounts:sign_up", email=spelling).status_code == 302
    assert mails("hanako@example.jp")[-1] == "sign_up_known"
    assert "sign_up_link" not in mails()


@spelled
def test_nobody_changes_to_the_mailbox_of_another(hanako: Actor, kenji: Actor, spelling: str) -> None:
    kenjis = Visitor(people.OSAKA).signs_in(kenji)
    assert kenjis.post("accounts:change_email", email=spelling).status_code == 302
    assert mails("hanako@example.jp")[-1] == "email_change_taken"
    assert not PendingEmail.objects.exists()


@spelled
def test_who_asks_for_a_call_is_found(hanako: Actor, spelling: str) -> None:
    Visitor().post(
        "/help/taken-over/check/", when="now", email=spelling, number="090-1234-5678", language="ja"
    )
    assert find_account(Case.objects.get().email) == hanako.user.pk


@spelled
def test_no_second_account_is_made_for_staff(hanako: Actor, spelling: str) -> None:
    with pytest.raises(CommandError, match="already"):
        call_command("create_staff", spelling, "--name", "Hanako", "--role", "agent")


@spelled
def test_the_trail_is_searched_by_any_spelling(hanako: Actor, spelling: str) -> None:
    assert PeopleField().clean(spelling) == (hanako.user.pk,)
    assert accounts_of_address(spelling) == [hanako.user.pk]
    assert User.objects.get_by_natural_key(spelling) == hanako.user


def test_limits_count_mailboxes_and_not_spellings(hanako: Actor) -> None:
    assert len(SPELLINGS) == MAILS_AN_HOUR + 1
    for spelling in SPELLINGS:
        assert Visitor().post("accounts:forgot", email=spelling).status_code == 302
    password_links.answer_waiting()
    assert mails("hanako@example.jp").count("password_link") == MAILS_AN_HOUR


DOORS = ["accounts:sign_in", "accounts:sign_up", "accounts:forgot", "/help/taken-over/check/"]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("typed", REFUSED, ids=ascii)
def test_an_address_that_mail_cannot_reach_is_refused_and_stays_in_the_field(
    db: None, door: str, typed: str
) -> None:
    answer = Visitor().post(door, email=typed, password="whatever", number="090-1234-5678", language="ja")
    assert answer.status_code == 422
    form = answer.context["form"]
    assert form.errors["email"]
    assert form["email"].value() == typed
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("address", BY_PHONE)
def test_addresses_that_japanese_telephones_were_given_make_an_account(db: None, address: str) -> None:
    browser = Visitor()
    browser.post("accounts:sign_up", email=address)
    mail = Delivery.objects.get(address=address)
    assert mail.message == "sign_up_link"
    page = browser.fetch(opened(mail)["link"]["$link"]).url
    answer = browser.post(page, name="Foo", new_password=people.PASSWORD)
    assert answer.url == reverse("accounts:enrol")
    assert User.objects.get().email == address


def test_max_reads_his_address_as_he_typed_it_and_mail_goes_to_its_ascii_form(db: None) -> None:
    user = sign_up.create(email="Max@Straße.de", name="Max", password=people.PASSWORD)
    assert user.email == "max@xn--strae-oqa.de"
    assert address_as_typed(user.pk) == "Max@Straße.de"


def test_who_changes_the_address_reads_the_new_one_as_they_typed_it(kenji: Actor) -> None:
    browser = Visitor(people.OSAKA).signs_in(kenji)
    browser.post("accounts:change_email", email="kenji@Bücher.example")
    assert "kenji@Bücher.example" in browser.get("accounts:methods").content.decode()
    browser.post(
        browser.opens_link("accounts:email_link", people.token_mailed_to("kenji@xn--bcher-kva.example"))
    )
    kenji.user.refresh_from_db()
    assert kenji.user.email == "kenji@xn--bcher-kva.example"
    assert "kenji@Bücher.example" in browser.get("accounts:methods").content.decode()


def store(user: User, address: str) -> None:
    """As the first version kept it."""
    User.objects.filter(pk=user.pk).update(email=address)
    Identifier.objects.filter(user=user, removed_at=None).update(value=address)


def test_addresses_of_the_first_version_are_brought_to_the_one_form(hanako: Actor, kenji: Actor) -> None:
    store(hanako.user, "hanako@stra\u00dfe.de")
    store(kenji.user, '"kenji"@example.com')
    import_module("accounts.migrations.0002_one_form_of_an_address").normalise(
        apps, connection.schema_editor()
    )
    stored = {user.email for user in User.objects.all()}
    assert stored == {"hanako@xn--strae-oqa.de", "kenji@example.com"}
    assert {row.value for row in Identifier.objects.all()} == stored
    assert address_as_typed(hanako.user.pk) == "hanako@stra\u00dfe.de"


def test_two_accounts_of_one_mailbox_are_listed_and_not_merged(
    hanako: Actor, kenji: Actor, capsys: pytest.CaptureFixture[str]
) -> None:
    store(kenji.user, '"hanako"@example.jp')
    import_module("accounts.migrations.0002_one_form_of_an_address").normalise(
        apps, connection.schema_editor()
    )
    assert f"{hanako.user.pk}, {kenji.user.pk}" in capsys.readouterr().out
    assert {user.email for user in User.objects.all()} == {"hanako@example.jp", '"hanako"@example.jp'}
    out = StringIO()
    call_command("list_address_clashes", stdout=out)
    assert f"account {hanako.user.pk}" in out.getvalue()
    assert f"account {kenji.user.pk}" in out.getvalue()


def test_with_no_clash_the_list_says_so(hanako: Actor) -> None:
    out = StringIO()
    call_command("list_address_clashes", stdout=out)
    assert out.getvalue().strip() == "There are no clashes."


def test_open_cases_of_the_first_version_are_brought_to_the_one_form(hanako: Actor) -> None:
    Visitor().post(
        "/help/taken-over/check/",
        when="now",
        email="hanako@example.jp",
        number="090-1234-5678",
        language="ja",
    )
    Case.objects.update(email="hanako@stra\u00dfe.de")
    import_module("recovery.migrations.0005_one_form_of_an_address").normalise(
        apps, connection.schema_editor()
    )
    assert Case.objects.get().email == normal("hanako@stra\u00dfe.de")
