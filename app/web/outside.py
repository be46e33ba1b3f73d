"""Which addresses outside may be connected to: only those of the open internet."""

from __future__ import annotations

import ipaddress

# Addresses that stand for one of the older kind, which may be anywhere, or only for a site.
TRANSLATED = tuple(
    ipaddress.ip_network(net)
    for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96", "fec0::/10")
)


def is_public(address: str) -> bool:
    """Whether an address is one of the open internet, whatever it is written as."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return is_public(str(found.ipv4_mapped))
        if any(found in net for net in TRANSLATED):
            return False
    return found.is_global and not found.is_multicast


def is_number(host: str) -> bool:
    """Whether the host is written as an address, in any of the ways a resolver understands."""
    last = host.rstrip(".").rpartition(".")[2]
    return ":" in host or last.isdigit() or last.lower().startswith("0x")
