"""A real mail server on loopback that a test can switch off, make refuse, or make hang."""

import asyncio
import socket
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import connection


class MailServer:
    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.received: list[EmailMessage] = []
        self.refuse: dict[str, str] = {}
        self.hang = False
        self.seconds = 0.0
        self._controller: Controller | None = None

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.received.append(message)
        await asyncio.sleep(60 if self.hang else self.seconds)
        return "250 OK"

    def start(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        if self._controller:
            self._controller.stop()
            self._controller = None

    @property
    def ids(self) -> list[str]:
        return [str(message["Message-ID"]) for message in self.received]


@pytest.fixture
def closed_mail_server(settings):
    """A mail server that is not listening yet."""
    server = MailServer()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = server.port
    yield server
    server.stop()


@pytest.fixture
def mail_server(closed_mail_server):
    closed_mail_server.start()
    return closed_mail_server


@pytest.fixture
def trail():
    """The events of one account as (action, outcome, details), oldest first."""

    def read(account: int) -> list[tuple[str, str, str]]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT action, outcome, details::text FROM audit_event WHERE account = %s ORDER BY id",
                [account],
            )
            return cursor.fetchall()

    return read
