"""Where a request comes from: its address behind our own proxies, the country, the browser."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import iptocc
from django.conf import settings
from ua_parser import parse


@dataclass(frozen=True)
class Origin:
    """``address``: canonical, or None. ``country``: ISO 3166 alpha-2 or "". ``browser``: words or ""."""

    address: str | None
    country: str
    browser: str


def client_address(meta: Mapping[str, object]) -> str | None:
    """The address of the client, counting ``TRUSTED_PROXIES`` from the right of X-Forwarded-For.

    What stands further left was written by the client and proves nothing. A header that is no address
    gives None rather than an error.
    """
    address = str(meta.get("REMOTE_ADDR") or "")
    if settings.TRUSTED_PROXIES:
        hops = [hop.strip() for hop in str(meta.get("HTTP_X_FORWARDED_FOR") or "").split(",")]
        if len(hops) >= settings.TRUSTED_PROXIES:
            address = hops[-settings.TRUSTED_PROXIES]
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(parsed)


def country_of(address: str | None) -> str:
    """The ISO country code of an address, or "" where it is not known (private ranges too)."""
    if not address:
        return ""
    return iptocc.country_code(address) or ""


def browser_of(user_agent: str) -> str:
    """``Chrome, Windows``: enough for a person to recognise, too little to follow them by."""
    return _browser_of(user_agent[:512]) if user_agent else ""


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
