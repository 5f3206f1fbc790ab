"""What `check --deploy` refuses."""

import pytest
from django.core.checks import run_checks


def found() -> set[str]:
    return {str(message.id) for message in run_checks(include_deployment_checks=True)}


@pytest.mark.parametrize(
    ("name", "value", "refused"),
    [("DEMO", True, "portal.E001"), ("SECURE", False, "portal.E002")],
)
def test_a_machine_that_others_reach_is_no_demo_and_speaks_https(settings, name, value, refused):
    settings.DEMO, settings.SECURE = False, True
    assert refused not in found()
    setattr(settings, name, value)
    assert refused in found()


def test_https_without_a_proxy_to_speak_it_is_noticed(settings):
    settings.DEMO, settings.SECURE, settings.TRUSTED_PROXIES = False, True, 0
    assert "portal.W001" in found()
    settings.TRUSTED_PROXIES = 1
    assert "portal.W001" not in found()
