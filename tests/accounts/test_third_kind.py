"""A kind of authenticator that is only in the registry is on every page, and every sentence knows it."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module, reload
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import pytest
from django.template.engine import Engine
from django.urls import clear_url_caches, reverse

from accounts import change_types
from accounts.authenticators import registry
from accounts.authenticators import selectors as authenticators
from accounts.authenticators.base import Kind, Pages, Prompt, Steps
from accounts.authenticators.recovery_codes.kind import RECOVERY_CODES
from accounts.authenticators.totp.kind import TOTP
from accounts.doubt.judgement import Ground
from accounts.enums import AuthenticatorKind, ChangeKind, Factor
from accounts.pages import history
from accounts.rollback import steps
from accounts.rollback.plans import Step
from accounts.sign_up import services as sign_up
from accounts.words import ChangeType, CheckUpItem, EventWords, HistorySentence, RestoreStep
from audit.registry import EventType
from portal.templatetags.portal import change_title
from recovery.approvals import policies as approval_policies
from recovery.claimant.forms.status import AnswerForm
from recovery.console import sentences, timeline_lanes
from recovery.console.presenters import doubt
from recovery.evidence.methods import registry as methods
from recovery.takeover.findings import Change, Findings, Item
from tests.support import people
from tests.support.http_client import Visitor
from tests.support.people import Actor

NOW = datetime(2026, 11, 22, 14, tzinfo=UTC)
URLS = ("accounts.urls", "portal.urls", "devtools.urls")


def made_up() -> Kind:
    """A stamp, to be pressed on the page. No row may say so: the database knows the kinds that there are."""
    cut = ChangeType(
        kind=cast("ChangeKind", "stamp_cut"),
        detail=replace(TOTP.detail, name="stamp"),
        action="credential.stamp.cut",
        title="A stamp was cut",
        letter="Cut a stamp",
        desk="Stamp cut",
        trail="stamp cut",
        asked="Cut a stamp",
    )
    event = EventWords(
        EventType(cut.action, "A stamp was cut for %(whose)s"),
        HistorySentence("A stamp was cut for you"),
        stranger="%(session)s cut a stamp",
        tick="Stamp",
    )
    broken = RestoreStep(
        "stamp_broken",
        trail="stamp broken",
        letter="The stamp is broken.",
        plan=lambda data: ("Stamp", str(data["name"]), "Broken"),
    )
    return replace(
        TOTP,
        kind=cast("AuthenticatorKind", "stamp"),
        factor=cast("Factor", "stamp"),
        words=replace(
            TOTP.words,
            instead=cast("Any", "Use your stamp instead"),
            item=lambda name: f"Stamp {name}",
            setup=Prompt(cast("Any", "Cut a stamp"), cast("Any", "It is made of wood.")),
        ),
        detail=cut.detail,
        changes=(cut,),
        events=(event,),
        steps=Steps(out=broken, lost=broken, back=broken),
        pages=Pages(
            urls="stamp_urls",
            section="stamp.html",
            verify="verify_stamp",
            verify_path="stamp/",
            enrol="verify_stamp",
        ),
        advice=lambda bound: CheckUpItem(f"You have {len(bound)} stamps", ""),
        recognises=lambda _plain: False,
    )


@pytest.fixture
def stamp(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Kind]:
    kind = made_up()
    (tmp_path / "stamp.html").write_text("<h2>Stamps</h2>")
    engine, urls = Engine.get_default(), ModuleType("stamp_urls")
    urls.urlpatterns = []  # type: ignore[attr-defined]
    with monkeypatch.context() as patch:
        patch.setattr(registry, "KINDS", (TOTP, kind, RECOVERY_CODES))
        patch.setattr(engine, "dirs", [*engine.dirs, tmp_path])
        patch.setitem(sys.modules, "stamp_urls", urls)
        read_addresses_again()
        yield kind
    read_addresses_again()


def read_addresses_again() -> None:
    for name in URLS:
        reload(import_module(name))
    clear_url_caches()


def test_it_is_among_the_sign_in_methods(stamp: Kind, hanako: Actor) -> None:
    html = Visitor().signs_in(hanako).get("accounts:methods").content.decode()
    assert html.index("Authenticator apps") < html.index("Stamps") < html.index("Recovery codes")


def test_signing_in_offers_it_to_nobody_who_has_none(stamp: Kind, hanako: Actor) -> None:
    visitor = Visitor()
    visitor.gives_password(hanako)
    assert "stamp" not in visitor.get("accounts:verify").content.decode()
    assert visitor.get("accounts:verify_stamp").url.startswith(reverse("accounts:verify"))


def test_signing_in_offers_it_and_asks_for_it(
    stamp: Kind, hanako: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As if one were bound, though no row may say so.
    monkeypatch.setattr(authenticators, "bound_kinds", lambda _user: list(registry.KINDS))
    visitor = Visitor()
    visitor.gives_password(hanako)
    address = reverse("accounts:verify_stamp")
    for page in ("accounts:verify", "accounts:verify_recovery_code"):
        html = visitor.get(page).content.decode()
        assert f'href="{address}?next=' in html
        assert "Use your stamp instead" in html
    answer = visitor.get("accounts:verify_stamp")
    assert answer.status_code == 200
    html = answer.content.decode()
    assert "Use your stamp instead" not in html
    assert reverse("accounts:verify_totp") in html
    assert reverse("accounts:verify_recovery_code") in html
    assert visitor.post("accounts:verify_stamp", code="482913").status_code == 422, "she has none"


def test_a_new_account_may_begin_with_it(stamp: Kind, db: None) -> None:
    user = sign_up.create(email="mika@example.jp", name="Mika", password=people.PASSWORD, language="en")
    visitor = Visitor()
    visitor.gives_password(Actor(user, user.email, people.PASSWORD, "", []))
    html = visitor.get("accounts:enrol").content.decode()
    assert "Cut a stamp" in html
    assert f'href="{reverse("accounts:verify_stamp")}?next=' in html


def test_the_check_up_gives_its_advice(stamp: Kind, hanako: Actor) -> None:
    html = Visitor().signs_in(hanako).get("accounts:check_up").content.decode()
    assert "You have 0 stamps" in html


def test_its_changes_are_told_to_the_owner_and_to_the_desk(stamp: Kind) -> None:
    assert change_title("stamp_cut") == "A stamp was cut"
    assert "stamp" in [one.name for one in change_types.details()]
    change = Change(1, "stamp_cut", NOW, "", "JP", "Firefox", "", "", (), chosen=True, strong=False)
    item = Item("authenticator:1", "stamp", "of wood", NOW, None, Ground.OLD)
    why = doubt.why(Findings(changes=(change,), items=(item,)))
    assert [(row.what, row.before, row.after) for row in why.others] == [
        ("Stamp cut", "the previous one", "a new one")
    ]
    assert [proof.what for proof in why.items] == ["Stamp of wood"]


def test_its_events_have_sentences_everywhere(stamp: Kind) -> None:
    (event,) = stamp.events
    name = event.type.name
    assert history.sentences()[name] == event.history
    assert sentences.doubted()[name] == "%(session)s cut a stamp"
    assert timeline_lanes.words()[name] == "Stamp"


def test_a_restore_says_what_it_does_with_it(stamp: Kind) -> None:
    line = sentences.plan_step(Step("stamp_broken", {"name": "of wood"}))
    assert (line.what, line.now, line.after) == ("Stamp", "of wood", "Broken")
    assert steps.by_name("stamp_broken").letter == "The stamp is broken."


def test_it_is_evidence_and_in_the_hand(stamp: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    assert methods.by_name("stamp").icon == stamp.icon
    assert isinstance(AnswerForm(method="stamp").fields["answer"], stamp.field)
    assert not approval_policies.needs_second_person({"stamp"})
    with monkeypatch.context() as patch:
        patch.setattr(registry, "KINDS", (replace(stamp, in_the_hand=False),))
        assert approval_policies.needs_second_person({"stamp"}), "it might lie in the mailbox"
