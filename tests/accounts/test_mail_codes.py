"""A code from a mail without links, typed at the portal's own address, goes where its link would go."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse

from accounts.credentials import password_links
from accounts.enums import LinkReason
from accounts.models import CredentialChange, User
from audit.models import Event
from common import clock
from notifications import linkless, references, rendering
from notifications.digests import services as digests
from notifications.models import Delivery, MailCode
from recovery.cases import admission
from tests.notifications.samples import KENJI, NIGHT, SAMPLES
from tests.notifications.test_linkless import CODE, links_of
from tests.support import people
from tests.support.http_client import Visitor, opened
from tests.support.people import Actor

pytestmark = pytest.mark.django_db

PASSWORD = "tall-river-quilt-97"
WRONG = "K7QM-3XFD-9T2W-8HPA"


@pytest.fixture
def linkless_portal(settings: Any) -> None:
    settings.LINKLESS_MAILS = True


def code_in(message: str, address: str = "") -> str:
    """What the reader of the newest mail of this kind sees."""
    rows = Delivery.objects.filter(message=message)
    mail = (rows.filter(address=address) if address else rows).latest("pk")
    linkless.prepare(mail)
    (code,) = re.findall(CODE, rendering.write(mail).text)
    return str(code)


def enters(visitor: Visitor, code: str) -> Any:
    return visitor.post("mail_code", code=code)


def follows(visitor: Visitor, code: str) -> str:
    """Type the code; returns the address of the page that it leads to, as a browser would arrive there."""
    answer = enters(visitor, code)
    assert answer.status_code == 302, answer.content.decode()
    answer = visitor.fetch(answer.url)
    assert answer.status_code == 302, answer.content.decode()
    return str(answer.url)


def test_an_account_is_made_with_a_code(linkless_portal: None) -> None:
    visitor = Visitor()
    visitor.post("accounts:sign_up", email="new@example.jp")
    page = follows(visitor, code_in("sign_up_link"))
    assert page.startswith(reverse("accounts:sign_up_details"))
    visitor.post(page, name="New", new_password=PASSWORD)
    assert User.objects.filter(email="new@example.jp").exists()


def test_a_forgotten_password_is_chosen_with_a_code_once(hanako: Actor, linkless_portal: None) -> None:
    people.forgets_password(hanako.email)
    code = code_in("password_link")
    visitor = Visitor()
    page = follows(visitor, code)
    visitor.post(page, new_password=PASSWORD)
    assert User.objects.get(pk=hanako.user.pk).check_password(PASSWORD)
    answer = enters(visitor, code)
    assert Visitor().fetch(answer.url).status_code == 422, "spent as its link is"


def test_a_new_address_is_confirmed_and_stopped_with_codes(hanako: Actor, linkless_portal: None) -> None:
    her = Visitor().signs_in(hanako)
    her.post("accounts:change_email", email="hanako@new.example")
    stop, confirm = code_in("email_change_asked"), code_in("email_change_confirm")
    reader = Visitor(place=people.OSAKA)
    page = follows(reader, confirm)
    assert page.startswith(reverse("accounts:confirm_email"))
    stopped = follows(reader, stop)
    assert stopped.startswith(reverse("accounts:stop_email"))
    reader.post(stopped)
    reader.post(page)
    assert User.objects.get(pk=hanako.user.pk).email == hanako.email


def test_this_was_not_me_is_said_with_a_code(hanako: Actor, linkless_portal: None) -> None:
    people.take_over(hanako.user, clock.now() - timedelta(minutes=14))
    reader = Visitor(place=people.OSAKA)
    page = follows(reader, code_in("new_sign_in", hanako.email))
    assert page.startswith(reverse("not_me_session"))
    page = follows(reader, code_in("credential_changed", hanako.email))
    assert page.startswith(reverse("not_me"))
    reader.post(page, act="object")
    assert CredentialChange.objects.filter(user=hanako.user, state="objected").count() == 1


def test_a_call_is_confirmed_with_a_code(linkless_portal: None) -> None:
    asked = admission.Asked(
        email="hanako@example.jp",
        number="+819012345678",
        category="taken_over",
        language="en",
        zone="Asia/Tokyo",
        due_at=None,
    )
    admission.mail_link(asked, language="en")
    assert follows(Visitor(), code_in("call_confirm")).startswith(reverse("help_confirm"))


def test_staff_are_led_to_what_their_mail_is_about(hanako: Actor, linkless_portal: None) -> None:
    password_links.mail(hanako.user, LinkReason.STAFF)
    assert follows(Visitor(), code_in("password_link")).startswith(reverse("accounts:choose_password"))


def test_a_persons_own_choice_is_enough(hanako: Actor) -> None:
    her = Visitor().signs_in(hanako)
    profile = {"name": "Hanako Mori", "language": "en", "zone": "Asia/Tokyo"}
    her.post("accounts:profile", **profile, linkless_mails="on")
    assert User.objects.get(pk=hanako.user.pk).linkless_mails
    people.forgets_password(hanako.email)
    assert follows(Visitor(), code_in("password_link")).startswith(reverse("accounts:choose_password"))

    her.post("accounts:profile", **profile)
    people.forgets_password(hanako.email)
    mail = Delivery.objects.filter(message="password_link").latest("pk")
    linkless.prepare(mail)
    assert "http" in rendering.write(mail).text


def test_her_choice_holds_for_mails_that_know_only_her_address(hanako: Actor, kenji: Actor) -> None:
    User.objects.filter(pk=hanako.user.pk).update(linkless_mails=True)
    for actor, wanted in ((hanako, True), (kenji, False)):
        Visitor().post("accounts:sign_up", email=actor.email)
        mail = Delivery.objects.filter(message="sign_up_known", address=actor.email).latest("pk")
        assert mail.account is None
        assert linkless.is_wanted(mail) is wanted


def test_what_is_wrong_too_old_or_made_up_has_one_answer(hanako: Actor, linkless_portal: None) -> None:
    people.forgets_password(hanako.email)
    code = code_in("password_link")

    def answer(typed: str, later: int = 0) -> tuple[int, str]:
        found = enters(Visitor(at=clock.now() + timedelta(minutes=later)), typed)
        page = re.sub(
            r'(name="csrfmiddlewaretoken" value=|name="code" value=)"[^"]*"', "", found.content.decode()
        )
        return found.status_code, page

    assert answer(code, later=61) == answer(WRONG) == answer("ZZZZ-ZZZZ-ZZZZ-ZZZZ")
    assert answer(WRONG)[0] == 422


def test_the_reference_of_the_mail_is_told_from_its_code(hanako: Actor) -> None:
    people.forgets_password(hanako.email)
    reference = references.of(Delivery.objects.latest("pk").message_id)
    assert "looks like the reference" in enters(Visitor(), reference).content.decode()
    assert "16 letters and digits" in enters(Visitor(), "K7QM").content.decode()


def test_guessing_is_bounded_and_the_owner_is_not_kept_out_by_it(
    hanako: Actor, linkless_portal: None
) -> None:
    people.forgets_password(hanako.email)
    thief = Visitor(place=people.ABROAD)
    answers = [enters(thief, WRONG).status_code for _ in range(60)]
    assert 429 in answers
    assert answers[-1] == 429
    assert answers.count(422) <= 45
    assert int(enters(thief, WRONG).headers["Retry-After"]) > 0
    assert Event.objects.filter(action="mail_code.refused").count() <= 2, "one for each network"
    assert follows(Visitor(), code_in("password_link")), "elsewhere it works"


def test_in_the_owners_own_browser_strangers_of_her_network_use_nothing_up(
    hanako: Actor, linkless_portal: None
) -> None:
    her = Visitor(at=clock.now() - timedelta(days=20)).signs_in(hanako)
    her.at = clock.now()
    neighbour = Visitor()
    while enters(neighbour, WRONG).status_code != 429:
        pass
    people.forgets_password(hanako.email)
    assert follows(her, code_in("password_link"))


def test_a_get_opens_nothing(hanako: Actor, linkless_portal: None) -> None:
    people.forgets_password(hanako.email)
    answer = Visitor().get("mail_code", code=code_in("password_link"))
    assert answer.status_code == 200
    assert "password/link" not in answer.content.decode()


def test_the_trail_knows_of_which_mail_a_code_was_entered_and_not_which(
    hanako: Actor, linkless_portal: None
) -> None:
    people.forgets_password(hanako.email)
    code = code_in("password_link")
    enters(Visitor(), code)
    event = Event.objects.filter(action="mail_code.entered").latest("id")
    assert (event.account, event.details) == (hanako.user.pk, {"message": "password_link"})


def test_a_code_of_a_mail_to_one_opens_nothing_of_another(
    hanako: Actor, kenji: Actor, linkless_portal: None
) -> None:
    people.forgets_password(hanako.email)
    people.forgets_password(kenji.email)
    page = follows(Visitor(), code_in("password_link", kenji.email))
    assert page
    visitor = Visitor()
    page = follows(visitor, code_in("password_link", kenji.email))
    visitor.post(page, new_password=PASSWORD)
    assert not User.objects.get(pk=hanako.user.pk).check_password(PASSWORD)


def test_a_digest_has_a_code_for_each_of_its_sign_ins(hanako: Actor, linkless_portal: None) -> None:
    for number in range(3):
        thief = Visitor(place=people.ABROAD)
        thief.meta["REMOTE_ADDR"] = f"145.{number}.1.7"
        thief.gives_password(hanako)
        thief.post("accounts:verify", code="000000")
    with clock.pretend(clock.now() + timedelta(hours=2)):
        digests.send_due()
    mail = Delivery.objects.get(message="digest")
    assert len(opened(mail)["entries"]) == 2
    linkless.prepare(mail)
    shown = re.findall(CODE, rendering.write(mail).text)
    assert len(shown) == len(set(shown)) == MailCode.objects.count() == 2
    for code in shown:
        assert follows(Visitor(), code).startswith(reverse("not_me_session"))


@pytest.mark.parametrize("name", SAMPLES)
def test_every_code_of_every_mail_leads_where_its_link_would(name: str, linkless_portal: None) -> None:
    with clock.pretend(NIGHT - timedelta(hours=1)):
        mail = Delivery.objects.get(pk=SAMPLES[name](KENJI))
        linked = links_of(opened(mail))
        linkless.prepare(mail)
        shown = re.findall(CODE, rendering.write(mail).text)
    visitor = Visitor(at=NIGHT - timedelta(hours=1))
    assert [f"{settings.ORIGIN}{enters(visitor, code).url}" for code in shown] == linked
