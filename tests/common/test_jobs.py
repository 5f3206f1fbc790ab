"""Tasks that are sent once for many who ring: none is lost, whatever Redis or a worker does."""

import pytest
from django.db import transaction
from redis.exceptions import ConnectionError as Away

from common import jobs
from common.redis import client
from tests.conftest import Doorbell

TASK = "recovery.tasks.dispatch"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_waits() -> None:
    jobs.begun(TASK)


@pytest.fixture
def ring(django_capture_on_commit_callbacks):
    def committed() -> None:
        with django_capture_on_commit_callbacks(execute=True):
            jobs.enqueue_once_on_commit(TASK)

    return committed


def test_while_one_task_waits_to_be_begun_no_second_one_is_sent(ring, doorbell: Doorbell) -> None:
    for _person in range(3):
        ring()
    assert doorbell.rung == [(TASK, {})]


def test_who_rings_after_the_task_began_is_rung_for_again(ring, doorbell: Doorbell) -> None:
    ring()
    assert doorbell.answer() == [TASK]
    ring()
    assert doorbell.answer() == [TASK]


def test_a_task_that_was_lost_holds_up_the_next_ones_for_a_second_only(ring, doorbell: Doorbell) -> None:
    ring()
    assert 0 < client().pttl(jobs._waiting(TASK)) <= 1000


def test_without_redis_each_ring_is_tried(ring, doorbell: Doorbell, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> None:
        raise Away

    monkeypatch.setattr(jobs, "client", gone)
    ring()
    ring()
    assert doorbell.answer() == [TASK, TASK]


def test_what_is_rolled_back_is_not_rung_for(transactional_db: None, doorbell: Doorbell) -> None:
    with transaction.atomic():
        jobs.enqueue_once_on_commit(TASK)
        transaction.set_rollback(True)
    assert doorbell.rung == []
