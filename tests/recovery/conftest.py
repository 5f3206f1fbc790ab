import pytest

from tests.support import desk_scenario
from tests.support.desk_scenario import Desk


@pytest.fixture
def desk(db: None) -> Desk:
    """Hanako's account was taken over 14 minutes ago; nobody is on duty yet."""
    return desk_scenario.build()
