"""The demo's second story: the same thief, in a portal that lets the changes of a risky session wait."""

import re
from datetime import timedelta

import pytest
from django.core import mail

from accounts.due_changes import services as due_changes
from accounts.models import Authenticator, Identifier
from accounts.selectors import waiting_changes
from common import clock
from devtools import people, story
from devtools.personas import HANAKO, THIEF_EMAIL
from tests.support.http_client import Visitor
from tests.support.people import HOME

pytestmark = pytest.mark.django_db


def test_the_thiefs_changes_never_come_into_force(settings, tmp_path, monkeypatch) -> None:
    """Hanako reads her mail, presses one button and gives one code. Nothing that he wanted has happened."""
    settings.GUARD_RISKY_SESSIONS = True
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    story.play()
    user = story.user_of(HANAKO)
    assert [one.kind for one in waiting_changes(user.pk)] == ["email", "password", "totp_replaced"]
    assert "They wait for 24 hours" in people.as_table()

    newest = [one for one in mail.outbox if one.to == [HANAKO.email]][-1]
    (link,) = re.findall(r"/not-me/\S+", str(newest.body))
    hers = Visitor(place=HOME)
    page = hers.fetch(link).url
    hers.post(page, act="object")
    answer = hers.post(page, act="undo", factor="totp", code=people.entries()[0].totp)
    assert "/password/choose/" in answer.url

    with clock.pretend(clock.now() + timedelta(days=3)):
        assert due_changes.apply_due() == 0
    user.refresh_from_db()
    assert user.email == HANAKO.email
    assert not Identifier.objects.filter(value=THIEF_EMAIL).exists()
    assert Authenticator.objects.filter(user=user, kind="totp").count() == 1
