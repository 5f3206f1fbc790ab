"""The real proxy, on the real Caddyfile: what it passes on, what it speaks, and what its logs hold."""

import datetime
import http.client
import json
import os
import shutil
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.urls import reverse

from common.network import client_address
from devtools.processes import Child, Children
from devtools.stack import listen
from tests.portal.test_logs import LINKS, TOKEN
from tests.repository.test_settings import ROOT

SECRET = "what-somebody-searched-for"


def free_port() -> int:
    with listen(0) as sock:
        return int(sock.getsockname()[1])


@dataclass
class Upstream:
    """A server that keeps the headers of what it is asked, and answers with a token in its own."""

    server: ThreadingHTTPServer
    heard: list[dict[str, str]] = field(default_factory=list)

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])


@contextmanager
def upstream() -> Iterator[Upstream]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.heard.append({name.lower(): value for name, value in self.headers.items()})
            self.send_response(302)
            self.send_header("Location", f"/account/password/link/{TOKEN}/?q={SECRET}")
            self.send_header("Set-Cookie", f"session={SECRET}")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: Any) -> None:
            pass

    found = Upstream(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
    threading.Thread(target=found.server.serve_forever, daemon=True).start()
    yield found
    found.server.shutdown()
    found.server.server_close()


@dataclass
class Proxy:
    port: int
    web: Upstream
    live: Upstream
    child: Child

    def ask(self, path: str, **headers: str) -> http.client.HTTPResponse:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        line.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = line.getresponse()
        answer.read()
        line.close()
        return answer

    def logged(self, logger: str) -> list[dict[str, Any]]:
        """What one of its loggers wrote, once it has ended."""
        self.child.stop()
        lines = self.child.log.read_text().splitlines()
        entries = [json.loads(line) for line in lines if line.startswith("{")]
        return [entry for entry in entries if str(entry.get("logger", "")).startswith(logger)]


Start = Callable[..., Proxy]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts Caddy as its container does; ``changes`` are made to the text of the Caddyfile first."""
    program = shutil.which(
        "caddy", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    )
    assert program, "`make test` installs Caddy"
    children = Children(tmp_path / "logs")
    with upstream() as web, upstream() as live, children:

        def begin(site: str = "", changes: dict[str, str] | None = None, **environment: str) -> Proxy:
            port = free_port()
            text = (ROOT / "docker/Caddyfile").read_text()
            here = {"web:8000": f"127.0.0.1:{web.port}", "live:8001": f"127.0.0.1:{live.port}"}
            for old, new in {**here, **(changes or {})}.items():
                assert old in text
                text = text.replace(old, new)
            file = tmp_path / "Caddyfile"
            file.write_text(text)
            child = children.start(
                "caddy",
                [program, "run", "--config", file, "--adapter", "caddyfile"],
                env={
                    **os.environ,
                    "SITE_ADDRESS": f"{site}:{port}",
                    "CADDY_ADMIN": f"127.0.0.1:{free_port()}",
                    "XDG_DATA_HOME": str(tmp_path),
                    "XDG_CONFIG_HOME": str(tmp_path),
                    **environment,
                },
            )
            children.wait_until(child, lambda: "serving initial configuration" in child.log.read_text())
            return Proxy(port, web, live, child)

        yield begin


def test_streams_go_to_live_and_pages_to_web(start: Start) -> None:
    proxy = start()
    proxy.ask("/live/case/")
    proxy.ask("/help/")
    proxy.ask("/help/")
    assert (len(proxy.live.heard), len(proxy.web.heard)) == (1, 2)


def seen_by_the_portal(heard: dict[str, str]) -> str | None:
    return client_address({"REMOTE_ADDR": "10.0.0.2", "HTTP_X_FORWARDED_FOR": heard["x-forwarded-for"]})


def test_alone_it_believes_nobody_and_says_who_asked(start: Start, settings) -> None:
    settings.TRUSTED_PROXIES = 1
    proxy = start()
    proxy.ask("/help/", X_Forwarded_For="203.0.113.7", X_Forwarded_Proto="https")
    heard = proxy.web.heard[0]
    assert seen_by_the_portal(heard) == "127.0.0.1"
    assert heard["x-forwarded-proto"] == "http"


def test_behind_a_proxy_that_it_is_told_of_it_passes_on_who_asked_there(start: Start, settings) -> None:
    settings.TRUSTED_PROXIES = 2
    proxy = start(OUTER_PROXIES="127.0.0.1 10.0.0.0/8")
    proxy.ask("/help/", X_Forwarded_For="198.51.100.1, 203.0.113.7", X_Forwarded_Proto="https")
    heard = proxy.web.heard[0]
    assert seen_by_the_portal(heard) == "203.0.113.7"
    assert heard["x-forwarded-proto"] == "https"


def test_its_access_log_holds_no_token_no_query_and_no_header(start: Start) -> None:
    proxy = start()
    expected = []
    for name in LINKS:
        path = reverse(name, args=[TOKEN])
        masked = path.replace(f"{TOKEN}/", "...")
        encoded = path.replace("/", "%2F")
        for asked, logged in (
            (path, masked),
            (f"{path}more/?q={SECRET}", masked),
            (f"/next/{encoded}", f"/next/{masked.replace('/', '%2F')}"),
            (f"/trail/?q={SECRET}", "/trail/"),
        ):
            headers = {"Referer": f"http://localhost{path}", "HX_Current_URL": f"http://localhost/?{SECRET}"}
            assert proxy.ask(asked, Cookie=f"session={SECRET}", **headers).status == 302
            expected.append((302, logged))
    entries = proxy.logged("http.log.access")
    assert [(entry["status"], entry["request"]["uri"]) for entry in entries] == expected
    log = proxy.child.log.read_text()
    assert TOKEN not in log
    assert SECRET not in log


def test_neither_do_its_errors(start: Start) -> None:
    path = reverse("accounts:password_link", args=[TOKEN])
    proxy = start()
    proxy.web.server.shutdown()
    proxy.web.server.server_close()
    assert proxy.ask(f"{path}?q={SECRET}", Referer=f"http://localhost{path}").status == 502
    errors = proxy.logged("http.log.error")
    assert [error["request"]["uri"] for error in errors] == ["/account/password/link/..."]
    log = proxy.child.log.read_text()
    assert TOKEN not in log
    assert SECRET not in log


def certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    files = folder / "certificate.pem", folder / "key.pem"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files


def test_with_a_certificate_it_speaks_http_2_and_offers_http_3(start: Start, tmp_path: Path) -> None:
    made, key = certificate(tmp_path)
    changes = {
        # Nothing but this port is opened, and no authority is asked.
        "\tservers {": "\tauto_https off\n\tservers {",
        "\tencode gzip": f"\ttls {made} {key}\n\tencode gzip",
    }
    proxy = start("https://localhost", changes)
    context = ssl.create_default_context(cafile=str(made))
    context.set_alpn_protocols(["h2", "http/1.1"])
    line = socket.create_connection(("localhost", proxy.port), timeout=10)
    with context.wrap_socket(line, server_hostname="localhost") as secure:
        assert secure.selected_alpn_protocol() == "h2"
    context.set_alpn_protocols(["http/1.1"])
    old = http.client.HTTPSConnection("localhost", proxy.port, timeout=10, context=context)
    old.request("GET", "/help/")
    assert old.getresponse().headers["Alt-Svc"].startswith(f'h3=":{proxy.port}"')
    old.close()
