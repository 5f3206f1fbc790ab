"""A lost phone, from the page that asks for a call to the newly set up app; and who abuses that way."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from accounts import links
from accounts.authenticators.totp import services as totp
from accounts.credentials import password_links
from accounts.enums import LinkReason
from accounts.models import Authenticator, CredentialChange, PasswordLink, RecoveryCode, User
from common import clock
from notifications import rendering
from notifications.models import Delivery
from recovery import current_work
from recovery.approvals import readiness
from recovery.evidence import services as evidence
from recovery.models import Approval, Case
from recovery.models.evidence import Method
from recovery.states import CaseState
from recovery.takeover import protect
from recovery.takeover import selectors as takeover_selectors
from tests.recovery.evidence.test_evidence import mailed_code
from tests.support import desk_scenario, people
from tests.support.agent_client import Agent
from tests.support.desk_scenario import NUMBER, Desk
from tests.support.http_client import Visitor

pytestmark = pytest.mark.django_db
NEW = "orchard-of-quiet-rivers-7"


@pytest.fixture
def healthy(db: None) -> Desk:
    """Nobody has taken anything over: Hanako has lost her phone."""
    return desk_scenario.build(taken_over=False, language="en")


def asks(desk: Desk, *, noticed: tuple[str, ...] = ("lost_factor",), door: str = "lost-factor") -> Visitor:
    """By the page that asks for a call, in her browser at home."""
    browser = Visitor()
    data = {
        "when": "now",
        "email": "hanako@example.jp",
        "number": NUMBER,
        "language": "en",
        "zone": "Asia/Tokyo",
        "noticed": list(noticed),
        "since": "today",
        "said": "I left it on the train.",
    }
    answer = browser.client.post(reverse("help_check", args=[door]), data, **browser.meta)
    assert answer.status_code == 302, answer.content.decode()
    protect.protect(case_id=Case.objects.latest("pk").pk)
    return browser


def talks(desk: Desk) -> tuple[Agent, Case]:
    User.objects.filter(pk=desk.sato.user.pk).update(language="en")
    sato = Agent(desk.sato)
    desk.on_duty(desk.sato)
    case = desk.accepted()
    sato.clicks("console:place_call", case.pk)
    attempt = current_work.live_attempt(case)
    assert attempt is not None
    sato.clicks("console:outcome", case.pk, outcome="answered")
    sato.clicks("console:read_out", case.pk, code=attempt.read_out)
    case.refresh_from_db()
    return sato, case


def types(browser: Visitor, case: Case, typed: str) -> Any:
    asked = case.evidence.filter(state="asked").latest("pk")
    return browser.post("status_answer", asked.pk, answer=typed)


def shows_mail_and_code(desk: Desk, sato: Agent, browser: Visitor, case: Case) -> None:
    address = takeover_selectors.offerable(case).addresses[0]
    sato.clicks("console:ask", case.pk, method="email_code", target=address.id)
    types(browser, case, mailed_code("hanako@example.jp"))
    sato.clicks("console:ask", case.pk, method="recovery_code")
    types(browser, case, desk.hanako.recovery_codes.pop())
    assert readiness.readiness_of(case).suffices


def restores(desk: Desk, sato: Agent, case: Case) -> None:
    sato.clicks("console:request_approval", case.pk, **{"approval-reason": "The phone is lost."})
    tanaka = Agent(desk.tanaka)
    tanaka.clicks("board:approval", Approval.objects.latest("pk").pk, decision="approve")
    sato.clicks("console:restore", case.pk)
    case.refresh_from_db()
    assert case.state == CaseState.RESTORED


def put_back(desk: Desk, **claim: Any) -> tuple[Visitor, Case]:
    browser = asks(desk, **claim)
    sato, case = talks(desk)
    shows_mail_and_code(desk, sato, browser, case)
    restores(desk, sato, case)
    return browser, case


def letters() -> set[str]:
    return {mail.message for mail in Delivery.objects.filter(address="hanako@example.jp")}


def enrols(browser: Visitor) -> str:
    page, key = browser.opens_enrolling("accounts:enrol_totp")
    answer = browser.post(page, code=people.code_of(key, browser.at), name="New phone")
    assert answer.status_code in (200, 302), answer.content.decode()
    return key


def test_a_lost_phone_leads_to_a_new_app(healthy: Desk) -> None:
    hanako, old = healthy.hanako, Authenticator.objects.get(user=healthy.hanako.user, kind="totp")
    browser = asks(healthy)
    sato, case = talks(healthy)
    page = sato.sees("console:case", case.pk)
    assert "I left it on the train." in page
    assert "Lost sign-in method, no takeover" in page
    assert "Removed, because it’s lost" in page
    shows_mail_and_code(healthy, sato, browser, case)
    before = Delivery.objects.latest("pk").pk
    restores(healthy, sato, case)

    old.refresh_from_db()
    assert old.rejected
    told = {mail.message for mail in Delivery.objects.filter(pk__gt=before, address="hanako@example.jp")}
    assert {"factor_replaced", "check_in"} <= told
    assert not told & {"findings", "password_link", "credential_changed"}
    letter = rendering.write(Delivery.objects.get(message="factor_replaced"))
    assert "tranger" not in letter.text
    assert "omeone else" not in letter.text
    assert "SIM card" in letter.text

    # Her code in place of the one that she used, once.
    shown = browser.post("status_code")
    fresh = shown.context["code"]
    home = Visitor()
    assert home.gives_password(hanako).status_code == 302
    assert home.get("accounts:enrol").url.startswith(reverse("accounts:verify"))
    assert "Use the authenticator app" not in home.get("accounts:verify").content.decode()
    assert home.get("accounts:verify").context["action"] == reverse("accounts:verify_recovery_code")
    assert home.post("accounts:verify", code=hanako.code(home.at)).status_code == 422, "the lost app"
    assert home.post("accounts:verify_recovery_code", code=fresh).status_code == 302
    for name in ("check_up", "methods", "totp_add", "recovery_codes", "sessions", "change_email"):
        assert home.get(f"accounts:{name}").url.startswith(reverse("accounts:enrol")), name
    key = enrols(home)
    assert home.is_in()
    assert RecoveryCode.objects.filter(authenticator__user=hanako.user, used_at=None).exists()

    again = Visitor().wait(minutes=2)
    again.gives_password(hanako)
    assert again.post("accounts:verify", code=hanako.code(again.at)).status_code == 422, "the lost app"
    assert again.post("accounts:verify", code=people.code_of(key, again.at)).status_code == 302
    assert again.is_in()


def test_the_lost_app_is_no_evidence_and_says_nothing_at_the_page_of_a_notice(healthy: Desk) -> None:
    asks(healthy)
    _sato, case = talks(healthy)
    assert not takeover_selectors.offerable(case).ids(Method.TOTP)
    asked = evidence.ask(case=case, agent_id=healthy.sato.user.pk, method=Method.RECOVERY_CODE)
    assert not evidence.answer(case=case, evidence_id=asked.pk, typed=healthy.hanako.code())


def test_after_the_restore_the_lost_app_undoes_nothing(healthy: Desk) -> None:
    hanako = healthy.hanako
    browser, _case = put_back(healthy)
    fresh = browser.post("status_code").context["code"]
    home = Visitor()
    home.gives_password(hanako)
    home.post("accounts:verify_recovery_code", code=fresh)
    enrols(home)
    change = CredentialChange.objects.filter(user=hanako.user).latest("pk")
    holder = Visitor().wait(minutes=2)
    page = holder.opens_link("not_me_link", links.not_me_token(change.pk))
    holder.post(page, act="object")
    holder.post(page, act="undo", factor="totp", code=hanako.code(holder.at))
    change.refresh_from_db()
    assert change.state != "undone"


def test_a_password_that_she_does_not_know_is_chosen_by_the_link(healthy: Desk) -> None:
    browser, case = put_back(healthy, noticed=("lost_factor", "cant_sign_in"))
    user = User.objects.get(pk=healthy.hanako.user.pk)
    assert not user.has_usable_password()
    assert "password_link" in letters()
    home = Visitor()
    page = home.opens_link("accounts:password_link", people.token_of("password_link"))
    assert home.post(page, new_password=NEW).status_code == 302
    home.gives_password(healthy.hanako, NEW)
    assert home.get("accounts:enrol").url.startswith(reverse("accounts:verify")), (
        "a code is left to be asked for"
    )
    fresh = browser.post("status_code").context["code"]
    assert home.post("accounts:verify_recovery_code", code=fresh).status_code == 302
    enrols(home)
    assert home.is_in()
    assert case.state == CaseState.RESTORED


def without_factors(desk: Desk) -> User:
    """What a restore leaves where no code is left: neither app nor codes, and a void password."""
    user = desk.hanako.user
    Authenticator.objects.filter(user=user, kind="totp").update(
        device=None, removed_at=clock.now(), rejected=True
    )
    RecoveryCode.objects.filter(authenticator__user=user).update(used_at=clock.now())
    return user


def test_the_password_alone_binds_no_app_while_a_recovery_code_is_left(healthy: Desk) -> None:
    Authenticator.objects.filter(user=healthy.hanako.user, kind="totp").update(
        device=None, removed_at=clock.now(), rejected=True
    )
    thief = Visitor(people.ABROAD)
    thief.gives_password(healthy.hanako)
    assert thief.get("accounts:enrol").url.startswith(reverse("accounts:verify"))
    key = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    session = thief.client.session
    session["totp_key:ab12"] = key
    session.save()
    thief.post(f"{reverse('accounts:enrol_totp')}?key=ab12", code=people.code_of(key, thief.at), name="His")
    assert not thief.is_in()
    assert not Authenticator.objects.filter(user=healthy.hanako.user, kind="totp", removed_at=None).exists()


def test_the_password_alone_binds_an_app_only_after_the_link_and_while_it_lasted(healthy: Desk) -> None:
    user = without_factors(healthy)
    knows_it = Visitor(people.ABROAD)
    knows_it.gives_password(healthy.hanako)
    assert knows_it.get("accounts:enrol").url.startswith(reverse("accounts:verify")), "the old password"
    token = password_links.make(user, LinkReason.RESTORED)
    assert knows_it.get("accounts:enrol").url.startswith(reverse("accounts:verify")), "a link nobody used"
    home = Visitor()
    page = home.opens_link("accounts:password_link", token)
    home.post(page, new_password=NEW)
    home.gives_password(healthy.hanako, NEW)
    late = Visitor(at=clock.now() + timedelta(hours=25))
    late.gives_password(healthy.hanako, NEW)
    assert late.get("accounts:enrol").url.startswith(reverse("accounts:verify")), "too late"
    enrols(home)
    assert home.is_in()
    assert PasswordLink.objects.filter(user=user, used_at__isnull=False).count() == 1


def test_without_a_code_left_the_password_is_void_even_if_she_knows_it(healthy: Desk) -> None:
    asks(healthy)
    _sato, case = talks(healthy)
    kinds = [step.kind for step in takeover_selectors.plan_of(case).steps]  # type: ignore[union-attr]
    assert "password_kept" in kinds
    RecoveryCode.objects.filter(authenticator__user=healthy.hanako.user).update(used_at=clock.now())
    kinds = [step.kind for step in takeover_selectors.plan_of(case).steps]  # type: ignore[union-attr]
    assert "password_void" in kinds
    assert "password_kept" not in kinds


def plan_by(desk: Desk, door: str, noticed: str) -> tuple[Any, Any]:
    asks(desk, door=door, noticed=(noticed,))
    case = Case.objects.latest("pk")
    offered = takeover_selectors.offerable(case)
    shown = {one.id for ones in offered.authenticators.values() for one in ones}
    shown |= {one.id for one in offered.addresses}
    plan = takeover_selectors.plan_of(case)
    assert plan is not None
    return [(step.kind, step.data.get("id")) for step in plan.steps], shown


def test_a_thief_who_calls_it_a_lost_phone_gets_nothing_more_by_it(desk: Desk) -> None:
    lost = plan_by(desk, "lost-factor", "lost_factor")
    taken = plan_by(desk, "taken-over", "not_mine")
    assert lost == taken
    assert "authenticator_lost" not in {kind for kind, _id in lost[0]}
    assert "password_void" in {kind for kind, _id in lost[0]}


def test_a_lost_phone_in_a_takeover_is_a_takeover_and_the_page_says_so(desk: Desk) -> None:
    asks(desk)
    sato, case = talks(desk)
    assert "this is handled as a takeover" in sato.sees("console:case", case.pk)
    desk.shows_app(case)
    address = takeover_selectors.offerable(case).addresses[0]
    asked = evidence.ask(case=case, agent_id=desk.sato.user.pk, method=Method.EMAIL_CODE, target=address.id)
    assert evidence.answer(case=case, evidence_id=asked.pk, typed=mailed_code("hanako@example.jp"))
    sato.clicks("console:restore", case.pk)
    assert "findings" in letters()
    assert "factor_replaced" not in letters()


def test_of_two_apps_the_one_that_is_left_is_evidence(healthy: Desk) -> None:
    user = healthy.hanako.user
    key = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    with people.visiting(people.HOME, clock.now() - timedelta(weeks=5), actor=user.pk):
        tablet = totp.bind(user=user, key=key, code=people.code_of(key, clock.now()), name="Tablet")
        assert isinstance(tablet, Authenticator)
    asks(healthy)
    sato, case = talks(healthy)
    assert not takeover_selectors.offerable(case).ids(Method.TOTP), "until the agent has said which"
    phone = Authenticator.objects.get(user=user, name="Phone")
    sato.clicks("console:lost", case.pk, lost=phone.pk, knows_password="on")
    case.refresh_from_db()
    assert takeover_selectors.offerable(case).ids(Method.TOTP) == [tablet.pk]
    assert not healthy.shows_app(case), "the lost one"
    assert healthy.shows(case, Method.TOTP, people.code_of(key, clock.now()))
    # Said the other way round, what was shown by it is no evidence.
    sato.clicks("console:lost", case.pk, lost=tablet.pk)
    case.refresh_from_db()
    assert not readiness.readiness_of(case).passed


def test_strong_doubt_alone_makes_a_lost_phone_a_takeover(healthy: Desk) -> None:
    user, at = healthy.hanako.user, clock.now() - timedelta(minutes=20)
    session = people.come_in(user, people.ABROAD, at)
    old = Authenticator.objects.get(user=user, kind="totp", removed_at=None)
    with people.visiting(people.ABROAD, at + timedelta(minutes=2), actor=user.pk, session=session):
        key = totp.new_key()
        code = people.code_of(key, clock.now())
        totp.bind(user=user, key=key, code=code, name="His", replaces=old.pk, session=session)
    asks(healthy)
    case = Case.objects.latest("pk")
    doubt = takeover_selectors.doubt_of(case)
    assert doubt.is_strong
    assert not takeover_selectors.claim_of(case).items
    assert not takeover_selectors.is_only_lost(case, doubt)
    assert not takeover_selectors.lost_of(case, doubt)
