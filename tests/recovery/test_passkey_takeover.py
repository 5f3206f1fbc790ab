"""A thief takes an owner's passkey out and brings one of his own: hers is proof still, and his never is.

He has her password and two codes of her app, all typed into a copy of the site, and nothing else of hers.
"""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.urls import reverse

from accounts import links
from accounts.authenticators.passkeys import services as passkey_services
from accounts.models import Authenticator, CredentialChange
from common import clock
from devtools.personas import Browser
from notifications.models import Delivery
from recovery.claimant.access import CAPABILITY_COOKIE
from recovery.evidence import services as evidence
from recovery.models import Case, Evidence
from recovery.models.evidence import Method
from recovery.restoration import services as restoration
from recovery.states import EvidenceState
from recovery.takeover import selectors as takeover_selectors
from tests.recovery.restoration.test_restore import shows_mail
from tests.support import desk_scenario, passkeys, people
from tests.support.desk_scenario import Desk
from tests.support.http_client import Visitor, opened
from tests.support.software_passkey import Passkey

pytestmark = pytest.mark.django_db


@dataclass
class Theft:
    desk: Desk
    hers: Passkey
    his: Passkey
    thief: Visitor
    removed: CredentialChange
    added: CredentialChange

    def now(self, place: Browser = people.HOME) -> Visitor:
        return Visitor(place, at=clock.now() + timedelta(minutes=1))

    def her_row(self) -> Authenticator:
        return Authenticator.objects.filter(user=self.desk.hanako.user, kind="passkey").earliest("pk")

    def his_row(self) -> Authenticator:
        return Authenticator.objects.filter(user=self.desk.hanako.user, kind="passkey").latest("pk")

    def link_about(self, change: CredentialChange) -> str:
        for mail in Delivery.objects.filter(message="credential_changed", address="hanako@example.jp"):
            token = str((opened(mail)["link"] or {}).get("$link", "/none")).rstrip("/").rsplit("/", 1)[1]
            if links.read_not_me(token) == change.pk:
                return token
        raise AssertionError("no notice")


@pytest.fixture
def theft(db: None) -> Theft:
    desk = desk_scenario.build(taken_over=False, language="en")
    hanako = desk.hanako
    hers = passkeys.bind(hanako, people.HOME, clock.now() - timedelta(weeks=8), name="Hers")
    thief = Visitor(people.ABROAD, at=clock.now() - timedelta(minutes=14)).signs_in(hanako)
    row = Authenticator.objects.get(user=hanako.user, kind="passkey")
    assert thief.post("accounts:passkey_remove", row.pk).status_code == 302
    his = passkeys.adds(thief.steps_up(hanako), name="His")
    changes = CredentialChange.objects.filter(user=hanako.user)
    return Theft(
        desk,
        hers,
        his,
        thief,
        changes.filter(kind="passkey_removed").get(),
        changes.filter(kind="passkey_added").latest("pk"),
    )


def talking(theft: Theft) -> tuple[Case, Visitor]:
    """She has asked for a call in her browser at home, and Sato speaks with her."""
    claimant = theft.now()
    _case, claimant.client.cookies[CAPABILITY_COOKIE] = theft.desk.asks(language="en")
    theft.desk.on_duty(theft.desk.sato)
    return theft.desk.talking(), claimant


def asks(theft: Theft, case: Case) -> Evidence:
    return evidence.ask(case=case, agent_id=theft.desk.sato.user.pk, method=Method.PASSKEY)


def shows(claimant: Visitor, asked: Evidence, passkey: Passkey) -> int:
    answer = claimant.post("status_answer", asked.pk, answer=passkeys.shown(claimant, passkey))
    asked.refresh_from_db()
    return int(answer.status_code)


def test_what_the_thief_has_taken_out_is_evidence_on_her_page(theft: Theft) -> None:
    case, claimant = talking(theft)
    (offered,) = takeover_selectors.offerable(case).authenticators["passkey"]
    assert offered.name == "Hers"
    asked = asks(theft, case)
    html = claimant.get("status").content.decode()
    assert "Use a passkey" in html
    assert "even if it was removed from the account" in html
    assert shows(claimant, asked, theft.hers) == 302
    assert asked.state == EvidenceState.PASSED
    assert asked.target == theft.her_row().pk
    assert "Passkey" in claimant.get("status").content.decode()


def test_the_thiefs_does_not_count(theft: Theft) -> None:
    case, claimant = talking(theft)
    asked = asks(theft, case)
    assert shows(claimant, asked, theft.his) == 422
    assert (asked.state, asked.failures) == (EvidenceState.ASKED, 1)
    assert shows(claimant, asked, theft.hers) == 302


def test_one_that_is_still_bound_is_evidence_as_well(db: None) -> None:
    desk = desk_scenario.build(taken_over=False, language="en")
    hers = passkeys.bind(desk.hanako, people.HOME, clock.now() - timedelta(weeks=8), name="Hers")
    claimant = Visitor(people.HOME, at=clock.now() + timedelta(minutes=1))
    _case, claimant.client.cookies[CAPABILITY_COOKIE] = desk.asks(language="en")
    desk.on_duty(desk.sato)
    case = desk.talking()
    asked = evidence.ask(case=case, agent_id=desk.sato.user.pk, method=Method.PASSKEY)
    assert shows(claimant, asked, hers) == 302
    assert asked.state == EvidenceState.PASSED


def test_an_old_page_costs_no_try(theft: Theft) -> None:
    case, claimant = talking(theft)
    asked = asks(theft, case)
    code = passkeys.shown(claimant, theft.hers)
    answer = theft.now().post("status_answer", asked.pk, answer=code)
    assert answer.status_code == 302, "another browser has no request"
    claimant.wait(minutes=11)
    Evidence.objects.filter(pk=asked.pk).update(expires_at=claimant.at + timedelta(minutes=5))
    late = claimant.post("status_answer", asked.pk, answer=code)
    assert late.status_code == 422
    assert "That took too long" in late.content.decode()
    asked.refresh_from_db()
    assert asked.failures == 0


def test_the_restore_brings_hers_back_and_takes_his_out_for_good(theft: Theft) -> None:
    case, claimant = talking(theft)
    assert shows(claimant, asks(theft, case), theft.hers) == 302
    shows_mail(theft.desk, case)
    restoration.restore(case=case, agent_id=theft.desk.sato.user.pk)
    assert passkeys.enters(theft.now(people.ABROAD), theft.his).status_code == 422
    assert (theft.his_row().rejected, theft.his_row().sealed) == (True, None)
    assert not passkey_services.bring_back(theft.desk.hanako.user, theft.his_row())
    home = theft.now()
    assert passkeys.enters(home, theft.hers).status_code == 302
    assert home.is_in()


def test_while_the_account_is_protected_his_signs_in_nowhere(theft: Theft) -> None:
    theft.desk.asks()
    thief = theft.now(people.ABROAD)
    answer = passkeys.enters(thief, theft.his)
    assert answer.status_code == 422
    assert "You couldn’t be signed in this way." in answer.content.decode()
    thief.gives_password(theft.desk.hanako)
    assert "This account is protected right now" in passkeys.verifies(thief, theft.his).content.decode()
    assert not thief.is_in()


def test_hers_undoes_it_by_the_link_in_the_notice(theft: Theft) -> None:
    reader = theft.now(people.ON_THE_WAY)
    page = reader.opens_link("not_me_link", theft.link_about(theft.added))
    reader.post(page, act="object")
    assert "A passkey you had before" in reader.get(page).content.decode()
    wrong = reader.post(page, act="undo", factor="passkey", code=passkeys.shown(reader, theft.his))
    assert wrong.status_code == 422
    assert "This passkey isn’t accepted here." in wrong.content.decode()
    answer = reader.post(page, act="undo", factor="passkey", code=passkeys.shown(reader, theft.hers))
    assert answer.url.startswith(reverse("accounts:choose_password"))
    assert theft.his_row().rejected
    home = theft.now()
    assert passkeys.enters(home.wait(minutes=1), theft.hers).status_code == 302


def test_hers_answers_for_what_was_done(theft: Theft) -> None:
    """On the page that asks whether it was her, after the password alone: the freeze keeps her app out."""
    theft.desk.asks()
    home = theft.now()
    home.gives_password(theft.desk.hanako)
    passkeys.verifies(home, theft.his)
    html = home.get("accounts:doubt").content.decode()
    assert "A passkey you had before" in html
    groups = [group.id for group in home.get("accounts:doubt").context["question"].groups]
    nothing = home.post("accounts:doubt", groups=groups, act="undo")
    assert nothing.status_code == 422
    assert "Enter the code." in nothing.content.decode()
    his = home.post("accounts:doubt", groups=groups, act="undo", passkey=passkeys.shown(home, theft.his))
    assert his.status_code == 422
    hers = home.post("accounts:doubt", groups=groups, act="undo", passkey=passkeys.shown(home, theft.hers))
    assert hers.status_code == 302, hers.content.decode()
    assert hers.url.startswith(reverse("accounts:choose_password"))
    assert theft.his_row().rejected


def test_a_passkey_of_the_desk_is_throttled_like_a_code(theft: Theft) -> None:
    case, claimant = talking(theft)
    asked = asks(theft, case)
    theft.her_row().failures.create(source="desk", count=100, failed_at=clock.now())
    answer = claimant.post("status_answer", asked.pk, answer=passkeys.shown(claimant, theft.hers))
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 60
