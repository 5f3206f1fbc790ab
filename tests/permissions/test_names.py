"""Names in another direction of writing, on every page that the portal has: each stands for itself."""

import re
from typing import Any

import pytest

from accounts.models import Authenticator, User
from accounts.sign_up import services as sign_up
from recovery.claimant.access import CAPABILITY_COOKIE
from tests.permissions.test_urls import TABLE, World, ask, world
from tests.support import desk_scenario
from tests.support.http_client import Visitor
from tests.support.people import PASSWORD

__all__ = ["world"]

NAMES = {
    "hanako": "سارة علي",
    "sato": "רות",
    "tanaka": "נועה",
    "kenji": "يوسف",
    "suzuki": "דן",
    "app": "هاتف",
}
OUTSIDE_OF_SENTENCES = re.compile(
    r"<title>.*?</title>|<(?:input|textarea)[^>]*>(?:[^<]*</textarea>)?", re.DOTALL
)
ALONE = r"(?:<bdi>|\u2068){name}(?:</bdi>|\u2069)"


@pytest.fixture
def renamed(world: World) -> World:
    for actor, name in (
        (world.desk.hanako, "hanako"),
        (world.desk.sato, "sato"),
        (world.desk.tanaka, "tanaka"),
        (world.kenji, "kenji"),
        (world.suzuki, "suzuki"),
    ):
        User.objects.filter(pk=actor.user.pk).update(name=NAMES[name])
        actor.user.refresh_from_db()
    Authenticator.objects.filter(kind="totp").update(name=NAMES["app"])
    return world


@pytest.mark.parametrize("role", ["user", "agent with the case", "supervisor", "admin"])
def test_every_name_stands_alone_in_its_sentence(role: str, renamed: World) -> None:
    visitor = renamed.visitor(role)
    seen: set[str] = set()
    wrong = []
    for page in (name for name, reach in TABLE.items() if role in reach):
        answer = ask(visitor, "get", renamed.path(page))
        if answer.status_code != 200 or answer.streaming:
            continue
        text = OUTSIDE_OF_SENTENCES.sub("", answer.content.decode())
        for name in NAMES.values():
            seen |= {name} & set(re.findall(name, text))
            wrong += [f"{page}: {name}"] * (text.count(name) - len(re.findall(ALONE.format(name=name), text)))
    assert not wrong
    assert seen


@pytest.mark.django_db
def test_the_claimant_reads_the_name_of_the_agent_by_itself() -> None:
    desk = desk_scenario.build(taken_over=False)
    User.objects.filter(pk=desk.sato.user.pk).update(name=NAMES["sato"], name_latin=NAMES["sato"])
    browser = Visitor()
    browser.client.cookies[CAPABILITY_COOKIE] = desk.asks()[1]
    desk.on_duty(desk.sato)
    desk.talking()
    page = OUTSIDE_OF_SENTENCES.sub("", browser.get("status").content.decode())
    assert page.count(NAMES["sato"]) == len(re.findall(ALONE.format(name=NAMES["sato"]), page)) > 0


INVISIBLE = ["\u3164", "\u200b\u200b", "\u2800", "\u0301"]


def refused(answer: Any) -> bool:
    return bool(answer.status_code == 422 and answer.context["form"].errors.get("name"))


@pytest.mark.parametrize("typed", [*INVISIBLE, "Ken\x00ji", "Ken\nji", "\u0958" * 80], ids=ascii)
def test_a_name_that_cannot_be_read_is_refused_at_every_door(typed: str, world: World) -> None:
    visitor = world.visitor("user")
    assert refused(visitor.post("accounts:profile", name=typed, language="en", zone="Asia/Tokyo"))
    page, _key = visitor.opens_enrolling("accounts:totp_add")
    assert refused(visitor.post(page, name=typed, code="123456"))
    browser = Visitor()
    page = browser.opens_link("accounts:sign_up_link", sign_up.make_token("new@example.jp"))
    assert refused(browser.post(page, name=typed, new_password=PASSWORD))
    assert not User.objects.filter(email="new@example.jp").exists()


def test_what_nobody_sees_in_a_name_is_not_kept(world: World) -> None:
    visitor = world.visitor("user")
    visitor.post("accounts:profile", name="\u202eKen\u200bji", language="en", zone="Asia/Tokyo")
    assert User.objects.get(pk=world.kenji.user.pk).name == "Kenji"
