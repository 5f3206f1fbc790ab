"""Tasks that are sent once for many who ask: none is lost, whatever Redis or a worker does."""

import pytest
from django.db import transaction
from redis.exceptions import ConnectionError as Away

from common import jobs
from common.redis import client
from tests.conftest import SentTasks

TASK = "recovery.tasks.dispatch"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_waits() -> None:
    jobs.begun(TASK)


@pytest.fixture
def ask(django_capture_on_commit_callbacks):
    def committed() -> None:
        with django_capture_on_commit_callbacks(execute=True):
            jobs.enqueue_once_on_commit(TASK)

    return committed


def test_while_one_task_waits_to_be_begun_no_second_one_is_sent(ask, sent_tasks: SentTasks) -> None:
    for _person in range(3):
        ask()
    assert sent_tasks.waiting == [(TASK, {})]


def test_for_who_asks_after_the_task_began_another_one_is_sent(ask, sent_tasks: SentTasks) -> None:
    ask()
    assert sent_tasks.run() == [TASK]
    ask()
    assert sent_tasks.run() == [TASK]


def test_a_task_that_was_lost_holds_up_the_next_ones_for_a_second_only(ask, sent_tasks: SentTasks) -> None:
    ask()
    assert 0 < client().pttl(jobs._waiting(TASK)) <= 1000


def test_without_redis_a_task_is_sent_each_time(
    ask, sent_tasks: SentTasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> None:
        raise Away

    monkeypatch.setattr(jobs, "client", gone)
    ask()
    ask()
    assert sent_tasks.run() == [TASK, TASK]


def test_for_what_is_rolled_back_no_task_is_sent(transactional_db: None, sent_tasks: SentTasks) -> None:
    with transaction.atomic():
        jobs.enqueue_once_on_commit(TASK)
        transaction.set_rollback(True)
    assert sent_tasks.waiting == []
