"""Who did it when a task did it; and what a request says of itself."""

import json
from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest
from celery import shared_task, signals
from celery.contrib.testing.worker import start_worker
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory

from audit import context, propagation, reading, recording
from audit.context import NOBODY, Context
from audit.middleware import AuditContextMiddleware
from audit.reading import Filters
from common import jobs
from common.network import Origin
from portal.celery import app

HANAKO = Context(7, Origin("203.0.113.5", "JP", "Safari, iOS"), uuid4(), uuid4())


@shared_task(name="tests.audit.sign_out")
def sign_out(account: int, again: bool = False, **kwargs) -> None:
    recording.record("sign_out", account=account)
    if again:
        jobs._send("tests.audit.sign_out", {"account": account})


@shared_task(name="tests.audit.fail")
def fail(account: int, **kwargs) -> None:
    raise ZeroDivisionError


@pytest.fixture
def worker(transactional_db, settings):
    """A real worker in a thread, on the real broker. The thread ends, so it keeps no connection."""
    app.conf.broker_url = settings.CELERY_BROKER_URL

    def let_go(**_task: object) -> None:
        connection.close()

    signals.task_postrun.connect(let_go)
    with start_worker(app, perform_ping_check=False, pool="solo", shutdown_timeout=10) as started:
        yield started
    signals.task_postrun.disconnect(let_go)


def wait_for(account: int, count: int) -> list[reading.Entry]:
    import time

    for _ in range(100):
        entries = list(reading.events(Filters(account=(account,))).entries)
        if len(entries) >= count:
            return entries
        time.sleep(0.1)
    raise AssertionError(f"{len(entries)} events instead of {count}")


@pytest.mark.filterwarnings("ignore")
def test_an_event_of_a_task_says_who_caused_it(worker, account):
    with context.use(HANAKO):
        jobs._send("tests.audit.sign_out", {"account": account, "again": True})
    for entry in wait_for(account, 2):
        assert entry.actor == 7
        assert (entry.address, entry.country, entry.browser) == ("203.0.113.5", "JP", "Safari, iOS")
        assert (entry.session, entry.request) == (HANAKO.session, HANAKO.request)


@pytest.mark.filterwarnings("ignore")
def test_a_task_of_the_portals_own_is_nobodys(worker, account, another):
    """Also after one of somebody's, and after one that failed."""
    with context.use(HANAKO):
        jobs._send("tests.audit.fail", {"account": another})
        jobs._send("tests.audit.sign_out", {"account": another})
    jobs._send("tests.audit.sign_out", {"account": account})
    (entry,) = wait_for(account, 1)
    assert (entry.actor, entry.address, entry.request) == (None, None, None)
    assert context.current() == NOBODY


def test_a_context_survives_the_way_through_the_broker():
    assert propagation.unpack(json.loads(json.dumps(propagation.pack(HANAKO)))) == HANAKO
    assert propagation.unpack(propagation.pack(NOBODY)) == NOBODY
    assert propagation.unpack(None) == NOBODY


class TestRequests:
    def seen(self, **headers) -> Context:
        return self.seen_by(self.request(**headers))

    def request(self, user=None, session=None, **headers):
        request = RequestFactory().get("/", **headers)
        request.user = user or AnonymousUser()
        request.session = session if session is not None else {}
        return request

    def seen_by(self, request) -> Context:
        contexts = []

        def view(request):
            contexts.append(context.current())
            assert context.current().request == contexts[0].request
            return HttpResponse()

        response = AuditContextMiddleware(view)(request)
        assert response.headers["X-Request-ID"] == str(contexts[0].request)
        assert context.current() == NOBODY
        return contexts[0]

    def test_each_request_has_its_own_number(self):
        assert self.seen().request != self.seen().request

    def test_it_says_where_from_and_with_which_browser(self):
        origin = self.seen(
            REMOTE_ADDR="1.1.1.1", HTTP_USER_AGENT="Mozilla/5.0 (X11; Linux) Firefox/140.0"
        ).origin
        assert origin.address == "1.1.1.1"
        assert origin.country == "AU"
        assert "Firefox" in origin.browser

    @pytest.mark.parametrize(
        "value", ["", "unknown", "1.1.1.1.1", "fe80::1%eth0", "x" * 5000, "\x00", "1.1.1.1:443"]
    )
    @pytest.mark.django_db
    def test_a_bad_address_header_is_no_fault(self, settings, account, value):
        settings.TRUSTED_PROXIES = 1

        def view(request):
            recording.record(
                "sign_in.failed", account=account, outcome="failed", details={"factor": "password"}
            )
            return HttpResponse("fine")

        request = self.request(HTTP_X_FORWARDED_FOR=value, HTTP_USER_AGENT="\x00\xff")
        assert AuditContextMiddleware(view)(request).status_code == 200
        assert len(reading.events(Filters(account=(account,))).entries) == 1

    def test_who_signs_in_within_the_request_is_who_acts_from_then_on(self):
        request = self.request()
        actors = []

        def view(request):
            actors.append(context.current().actor)
            request.user = SimpleNamespace(pk=7, is_authenticated=True)
            actors.append(context.current().actor)
            return HttpResponse()

        AuditContextMiddleware(view)(request)
        assert actors == [None, 7]

    @pytest.mark.parametrize("sid", [None, "", "x", 7, [], {}])
    def test_a_session_without_a_number_is_none(self, sid):
        assert self.seen_by(self.request(session={"sid": sid})).session is None

    def test_the_session_is_the_one_of_the_portal(self):
        sid = UUID(int=5)
        assert self.seen_by(self.request(session={"sid": str(sid)})).session == sid

    def test_a_fault_in_the_view_leaves_no_context_behind(self):
        def view(request):
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            AuditContextMiddleware(view)(self.request())
        assert context.current() == NOBODY

    def test_nothing_is_found_out_that_nobody_asks_for(self, monkeypatch):
        monkeypatch.setattr("audit.middleware.origin_of", lambda meta: pytest.fail("asked"))
        AuditContextMiddleware(lambda request: HttpResponse())(self.request())
