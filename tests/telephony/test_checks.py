"""Settings that would only be found wrong when somebody waits for a call or a mail."""

import pytest

from notifications import checks as mail_checks
from telephony import checks


@pytest.mark.parametrize(
    ("check", "setting", "value", "found"),
    [
        (checks.check_regions, "CALL_REGIONS", ["JP", "US"], []),
        (checks.check_regions, "CALL_REGIONS", ["JP", "Japan"], ["telephony.E001"]),
        (checks.check_regions, "CALL_REGIONS", [], ["telephony.E002"]),
        (checks.check_caller_number, "CALLER_NUMBER", "+81 3 5550 0100", []),
        (checks.check_caller_number, "CALLER_NUMBER", "03-5550-0100", ["telephony.E003"]),
        (mail_checks.check_sender, "DEFAULT_FROM_EMAIL", "Orikaeshi <no-reply@example.com>", []),
        (mail_checks.check_sender, "DEFAULT_FROM_EMAIL", "Orikaeshi", ["notifications.E001"]),
        (mail_checks.check_sender_is_ours, "DEFAULT_FROM_EMAIL", "O <o@example.com>", []),
        (mail_checks.check_sender_is_ours, "DEFAULT_FROM_EMAIL", "O <o@localhost>", ["notifications.W001"]),
    ],
)
def test_settings_are_checked(settings, check, setting, value, found):
    setattr(settings, setting, value)
    assert [message.id for message in check()] == found


def test_a_password_crosses_the_network_only_encrypted(settings):
    settings.EMAIL_HOST, settings.EMAIL_HOST_PASSWORD = "smtp.example.com", "secret"
    assert [message.id for message in mail_checks.check_password_is_not_sent_open()] == ["notifications.W002"]
    settings.EMAIL_USE_TLS = True
    assert mail_checks.check_password_is_not_sent_open() == []
