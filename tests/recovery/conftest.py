import pytest

from tests.recovery import desk as people
from tests.recovery.desk import Desk


@pytest.fixture
def desk(db: None) -> Desk:
    """Hanako's account was taken over 14 minutes ago; nobody is on duty yet."""
    return people.build()
