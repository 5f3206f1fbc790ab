"""What ends a session in one process ends it in all of them: none keeps sessions of its own."""

import urllib.error
import urllib.request

import pytest
from django.conf import settings

from accounts.freezes import services as freezes
from accounts.models import Session
from accounts.sessions import services as sessions
from common import clock
from tests.conftest import Site
from tests.support import people
from tests.support.desk_scenario import Desk
from tests.support.http_client import Visitor

pytestmark = [pytest.mark.journey]


class _Stays(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: object) -> None:
        return None


def is_in(site: Site, key: str) -> bool:
    """Does the web process let the browser with this cookie see its account?"""
    cookie = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={key}"}
    request = urllib.request.Request(f"{site.url}/account/sessions/", headers=cookie)
    try:
        with urllib.request.build_opener(_Stays).open(request) as answer:
            status = answer.status
    except urllib.error.HTTPError as refused:
        status = refused.code
    assert status in (200, 302)
    return bool(status == 200)


def test_a_session_that_one_process_ends_is_over_in_the_other(site: Site, desk: Desk) -> None:
    here = Visitor(people.OSAKA, at=clock.now()).signs_in(desk.sato)
    key = str(here.client.cookies[settings.SESSION_COOKIE_NAME].value)
    assert is_in(site, key)
    sessions.end_others(user_id=desk.sato.user.pk, keep=None, reason="restored")
    assert not is_in(site, key)


def test_so_is_a_doubtful_one_when_the_account_is_protected(site: Site, desk: Desk) -> None:
    thief = Session.objects.filter(user=desk.hanako.user, ended_at=None).exclude(country="JP").get()
    # By now it is a quarter of an hour old, and its browser is at it.
    Session.objects.filter(pk=thief.pk).update(seen_at=clock.now())
    key = str(people.browser_of(thief.pk).session_key)
    assert is_in(site, key)
    freezes.protect(user_id=desk.hanako.user.pk, case=3)
    assert not is_in(site, key)
