"""What recovery may rely on, whichever dialer the settings name. A new dialer must pass unchanged."""

import pytest

from telephony import services
from telephony.dialers.base import DialError
from telephony.types import CallOrder

ORDER = CallOrder(attempt="case-1-attempt-1", number="+819012345678", agent=5)


@pytest.fixture(params=sorted(services.DIALERS))
def dialer(request, settings):
    settings.DIALER = request.param
    return services.dialer()


def test_it_goes_by_the_name_in_the_settings(dialer, settings):
    assert dialer.name == settings.DIALER


def test_a_placement_names_its_attempt(dialer):
    assert dialer.place(ORDER).attempt == ORDER.attempt


def test_the_same_order_again_gives_the_same_placement(dialer):
    assert dialer.place(ORDER) == dialer.place(ORDER)


def test_either_it_rings_and_names_the_call_or_the_agent_gets_a_link(dialer):
    placement = dialer.place(ORDER)
    assert bool(placement.reference) == dialer.places_itself
    assert bool(placement.link) == (not dialer.places_itself)


@pytest.mark.parametrize("number", ["+8190", "090-1234-5678", "+18765551234", "+81120123456", ""])
def test_a_number_that_is_not_to_be_called_is_refused_for_good(dialer, number):
    with pytest.raises(DialError) as refusal:
        dialer.place(CallOrder(attempt="case-1-attempt-2", number=number, agent=5))
    assert refusal.value.permanent
