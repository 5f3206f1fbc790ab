"""Where a request comes from: however server or proxy writes it, the address of one client or none."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Session
from common import clock
from common.network import canonical, client_address, origin_of
from tests.support.http_client import Visitor
from tests.support.people import HOME, join

WRITTEN = [
    ("203.0.113.7", "203.0.113.7"),
    (" 203.0.113.7 ", "203.0.113.7"),
    ("203.0.113.7:51234", "203.0.113.7"),
    ("2001:db8::1", "2001:db8::1"),
    ("2001:0DB8:0:0::1", "2001:db8::1"),
    ("[2001:db8::1]", "2001:db8::1"),
    ("[2001:db8::1]:443", "2001:db8::1"),
    ("fe80::1%eth0", "fe80::1"),
    ("[fe80::1%eth0]:443", "fe80::1"),
    ("::ffff:203.0.113.7", "203.0.113.7"),
    ("[::ffff:203.0.113.7]:51234", "203.0.113.7"),
    ("unknown", None),
    ("_hidden", None),
    ("", None),
    (":443", None),
    ("[]:443", None),
    ("[unknown]:443", None),
    ("203.0.113.7:port", None),
    ("203.0.113.0/24", None),
    ("999.0.113.7", None),
    ("203.0.113.7\x00", None),
    ("%eth0", None),
]


@pytest.mark.parametrize(("written", "address"), WRITTEN)
def test_the_peer_is_told_however_the_server_writes_it(written, address):
    assert client_address({"REMOTE_ADDR": written}) == address


@pytest.mark.parametrize(("written", "address"), WRITTEN)
def test_the_hop_is_told_however_the_proxy_writes_it(written, address, settings):
    settings.TRUSTED_PROXIES = 1
    assert client_address({"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": written}) == address


@pytest.mark.parametrize(
    ("proxies", "header", "address"),
    [
        (0, "198.51.100.1", "10.0.0.1"),
        (1, "198.51.100.1, 203.0.113.7", "203.0.113.7"),
        (2, "198.51.100.1, 203.0.113.7, 10.0.0.2", "203.0.113.7"),
        (2, "203.0.113.7:51234,10.0.0.2:80", "203.0.113.7"),
        (1, "203.0.113.7, ", None),
        # Fewer hops than proxies: the peer is one of ours, and its address would be everybody's.
        (1, "", None),
        (2, "203.0.113.7", None),
    ],
)
def test_only_what_our_own_proxies_wrote_is_believed(proxies, header, address, settings):
    settings.TRUSTED_PROXIES = proxies
    assert client_address({"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": header}) == address


def test_without_the_header_behind_a_proxy_nobody_is_taken_for_the_proxy(settings):
    settings.TRUSTED_PROXIES = 1
    assert origin_of({"REMOTE_ADDR": "10.0.0.1"}).address is None


@given(st.text(alphabet="0123456789abcdef:.[]%/ ,e\x00é", max_size=50))
def test_no_text_is_an_error_and_an_address_stays_as_it_is(text):
    address = canonical(text)
    assert address is None or canonical(address) == address


@pytest.mark.django_db
@pytest.mark.parametrize("written", [written for written, _address in WRITTEN])
def test_a_sign_in_from_any_of_them_is_kept(written, settings):
    hanako = join(email="hanako@example.jp", name="Hanako", place=HOME, at=clock.now() - timedelta(days=9))
    settings.TRUSTED_PROXIES = 1
    browser = Visitor()
    browser.meta |= {"HTTP_X_FORWARDED_FOR": written}
    browser.signs_in(hanako)
    assert Session.objects.get(pk=browser.row.pk).address == canonical(written)
