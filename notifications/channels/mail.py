"""Mail by SMTP."""

import smtplib
from email.utils import format_datetime

from django.core.mail import EmailMultiAlternatives

from common import clock
from notifications.channels.base import ChannelError, Envelope


def send(envelope: Envelope) -> None:
    """Hand one mail to the mail server; return once the server has taken it.

    Raises:
        ChannelError: it has not. Permanent where the server refused this mailbox or this mail (5xx);
            a server that is away, or that does not like *us*, is asked again.
    """
    message = EmailMultiAlternatives(
        subject=envelope.subject,
        body=envelope.text,
        to=[envelope.address],
        headers={
            "Message-ID": envelope.message_id,
            "Date": format_datetime(clock.now()),
            "Content-Language": envelope.language,
            # RFC 3834: no holiday notes in return, and no copies of them to a thief's address either.
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
        },
    )
    message.attach_alternative(envelope.html, "text/html")
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as error:
        code, answer = next(iter(error.recipients.values()))
        raise ChannelError(_answer(code, answer), permanent=_is_final(code)) from error
    except smtplib.SMTPDataError as error:
        raise ChannelError(
            _answer(error.smtp_code, error.smtp_error), permanent=_is_final(error.smtp_code)
        ) from error
    except ValueError as error:
        # An address or a header that no mail can carry; the text of the error may hold it, so only its name.
        raise ChannelError(type(error).__name__, permanent=True) from error
    except (smtplib.SMTPException, OSError) as error:
        raise ChannelError(f"{type(error).__name__}: {error}", permanent=False, away=True) from error


def _is_final(code: int) -> bool:
    return 500 <= code < 600


def _answer(code: int, text: bytes | str) -> str:
    words = text.decode(errors="replace") if isinstance(text, bytes) else text
    return f"{code} {words}"
