"""Where a request comes from: its address behind our own proxies, the country, the browser."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import iptocc
from django.conf import settings
from ua_parser import parse

# RFC 7239 section 6: some proxies add the port, and IPv6 then stands in brackets, with or without one.
_WITH_PORT = re.compile(r"\[(?P<v6>[^\]]+)\](?::\d+)?|(?P<v4>[\d.]+):\d+")


@dataclass(frozen=True)
class Origin:
    """``address``: canonical, or None. ``country``: ISO 3166 alpha-2 or "". ``browser``: words or ""."""

    address: str | None
    country: str
    browser: str


def client_address(meta: Mapping[str, object]) -> str | None:
    """The address of the client, counting ``TRUSTED_PROXIES`` from the right of X-Forwarded-For.

    What stands further left was written by the client and proves nothing. Where there are fewer hops than
    proxies the peer is a proxy of ours, whose address would be everybody's: then it is None, as for a hop
    that is no address.
    """
    if not settings.TRUSTED_PROXIES:
        return canonical(str(meta.get("REMOTE_ADDR") or ""))
    hops = str(meta.get("HTTP_X_FORWARDED_FOR") or "").split(",")
    return canonical(hops[-settings.TRUSTED_PROXIES]) if len(hops) >= settings.TRUSTED_PROXIES else None


def canonical(text: str) -> str | None:
    """An address as servers and proxies write it, without port, brackets and zone; None where it is none.

    ``203.0.113.7:51234``, ``[2001:db8::1]:443``, ``fe80::1%eth0`` (PostgreSQL knows no zones) and
    ``::ffff:203.0.113.7`` are addresses; ``unknown`` is none.
    """
    found = _WITH_PORT.fullmatch(text.strip())
    address = (found["v6"] or found["v4"] if found else text.strip()).partition("%")[0]
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(parsed)


def is_public(address: str | None) -> bool:
    """Whether somebody on the internet can have this address: not private, loopback, reserved or unknown."""
    return address is not None and ipaddress.ip_address(address).is_global


def country_of(address: str | None) -> str:
    """The ISO country code of an address, or "" where it is not known (private ranges too)."""
    if not address:
        return ""
    return iptocc.country_code(address) or ""


def browser_of(user_agent: str) -> str:
    """``Chrome, Windows``: enough for a person to recognise, too little to follow them by."""
    readable = "".join(char for char in user_agent[:512] if char.isprintable())
    return _browser_of(readable) if readable else ""


# Telling a browser costs 2 ms, and most people have one of a few hundred.
@lru_cache(maxsize=2048)
def _browser_of(user_agent: str) -> str:
    found = parse(user_agent)
    families = (part.family for part in (found.user_agent, found.os) if part)
    return ", ".join(families)


def origin_of(meta: Mapping[str, object]) -> Origin:
    address = client_address(meta)
    return Origin(address, country_of(address), browser_of(str(meta.get("HTTP_USER_AGENT") or "")))


def networks_of(address: str | None) -> tuple[str, ...]:
    """The networks that an address stands in, the narrowest first; none where there is no address.

    IPv4: the address and its /24. IPv6: its /64, which a household has, and /56 and /48, which one customer
    may have and walk through (RFC 6177).
    """
    if not address:
        return ()
    prefixes = (64, 56, 48) if ":" in address else (32, 24)
    return tuple(str(ipaddress.ip_network(f"{address}/{prefix}", strict=False)) for prefix in prefixes)


def neighbourhood_of(address: str | None) -> str:
    """The /24 or /64 that an address stands in, or ""."""
    networks = networks_of(address)
    return (networks[0] if ":" in networks[0] else networks[1]) if networks else ""
