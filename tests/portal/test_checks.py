"""What `check --deploy` refuses."""

import os
import subprocess
import sys

import pytest
from django.core.checks import run_checks

from tests.repository.test_settings import ROOT

READ = """
import os, django
os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
django.setup()
from django.conf import settings
from django.core.checks import run_checks
faults = [fault.id for fault in run_checks(include_deployment_checks=True) if not fault.is_silenced()]
print(faults, settings.SECURE_HSTS_INCLUDE_SUBDOMAINS, settings.SECURE_HSTS_PRELOAD)
"""


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


@pytest.mark.parametrize(("chosen", "preload"), [("", "False"), ("true", "True")])
def test_preload_is_asked_for_by_choice_alone_and_its_absence_is_no_fault(chosen, preload):
    """In a process of its own, as of a production machine: settings are read once."""
    environment = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    command = ["sh", "devtools/production.sh", "env", f"HSTS_PRELOAD={chosen}", sys.executable, "-c", READ]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"[] True {preload}\n"), done.stderr
