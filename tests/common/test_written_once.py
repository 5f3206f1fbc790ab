"""Statements that are written once say the same as those that the ORM writes each time."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django.db.models import Count, Q
from django.db.transaction import TransactionManagementError

from accounts.models import Session, User
from audit.models import Event
from common import clock
from common.written_once import Insert, Later, Select, Update
from recovery.models import Case

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> list[User]:
    return [User.objects.create(email=f"{name}@example.jp", name=name) for name in ("aoi", "hana", "mika")]


def test_rows_come_as_objects_and_each_time_for_the_values_given(people):
    by_address = Select(lambda: User.objects.filter(email=Later("address"), is_active=True))
    for person in people:
        found = by_address.first(address=person.email)
        assert found == person
        assert found is not None
        assert found.languages == person.languages
        assert found.joined_at == person.joined_at
    assert by_address.first(address="nobody@example.jp") is None


def test_rows_come_as_tuples_where_they_were_asked_for(people):
    names = Select(lambda: User.objects.filter(pk__gt=Later("pk")).order_by("name").values_list("name"))
    assert names.rows(pk=people[0].pk) == [("hana",), ("mika",)]


def test_what_is_related_comes_with_a_row_or_is_known_not_to_be_there(people, django_assert_num_queries):
    agent, claimant = people[:2]
    for account in (None, claimant):
        Case.objects.create(
            capability=f"{account}",
            email="a@example.jp",
            opened_at=clock.now(),
            agent=agent,
            worked_by=[agent.pk],
            account=account,
        )
    by_address = Select(
        lambda: (
            Case.objects.select_related("agent", "account")
            .defer("findings")
            .filter(email=Later("email"))
            .order_by("pk")
        )
    )
    with django_assert_num_queries(1):
        nobody, hers = by_address.all(email="a@example.jp")
        assert (nobody.agent, nobody.account) == (agent, None)
        assert (hers.agent, hers.account) == (agent, claimant)


def test_what_is_counted_comes_in_tuples(people):
    counted = Select(
        lambda: (
            User.objects.filter(email__in=[one.email for one in people])
            .values_list("role")
            .annotate(later=Count("pk", filter=Q(pk__gt=Later("pk"))))
        )
    )
    assert counted.rows(pk=people[0].pk) == [("user", 2)]
    assert counted.rows(pk=people[2].pk) == [("user", 0)]


def test_a_value_is_bound_and_never_part_of_the_statement(people):
    by_address = Select(lambda: User.objects.filter(email=Later("address")))
    assert by_address.all(address="' OR '1'='1") == []
    assert by_address.all(address="%s") == []


def test_one_value_may_stand_in_several_places(people):
    session = Session(pk=uuid4(), user=people[0], key="k" * 32)
    Insert(Session).run(session)
    admit = Update(
        lambda: Session.objects.filter(pk=Later("pk"), verified_at=None),
        verified_at=Later("now"),
        seen_at=Later("now"),
    )
    now = clock.now() + timedelta(minutes=1)
    assert admit.run(pk=session.pk, now=now) == 1
    assert admit.run(pk=session.pk, now=now) == 0
    kept = Session.objects.get(pk=session.pk)
    assert (kept.verified_at, kept.seen_at, kept.user, kept.factor) == (now, now, people[0], "")


def test_a_key_that_the_database_makes_is_left_to_it():
    Insert(User).run(User(email="new@example.jp", name="New"))
    assert User.objects.get(email="new@example.jp").pk


@pytest.mark.django_db(transaction=True)
def test_rows_are_locked_inside_of_a_transaction_or_not_at_all():
    person = User.objects.create(email="aoi@example.jp")
    lock = Select(lambda: User.objects.select_for_update().filter(pk=Later("pk")))
    with transaction.atomic():
        assert lock.all(pk=person.pk) == [person]
    with pytest.raises(TransactionManagementError):
        lock.all(pk=person.pk)


def test_what_django_would_convert_after_reading_is_refused():
    converted = Select(lambda: Event.objects.filter(account=Later("account")))
    with pytest.raises(TypeError, match="converts"):
        converted.all(account=1)
