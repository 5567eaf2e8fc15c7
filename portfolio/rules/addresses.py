"""The address that a request comes from, as far as it can be believed."""

from ipaddress import IPv6Address, IPv6Network, ip_address


def client_address(remote: str, forwarded: str, trusted_proxies: int) -> str | None:
    """Return the address of whoever asks; None where there is none (a Unix socket).

    `forwarded` is X-Forwarded-For, to which every proxy adds the address that it was asked from, at the end.
    Its last `trusted_proxies` entries were written by proxies of our own; whatever stands before them, or
    the whole of it where there are none, anybody may have made up.
    """
    entries = [entry.strip() for entry in forwarded.split(",") if entry.strip()]
    if 0 < trusted_proxies <= len(entries):
        return _plain(entries[-trusted_proxies]) or _plain(remote)
    return _plain(remote)


def network(address: str) -> str:
    """Return what one subscriber has: an IPv4 address, or the /64 that an IPv6 address lies in."""
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address):
        return str(IPv6Network((parsed, 64), strict=False))
    return str(parsed)


def _plain(entry: str) -> str | None:
    """Return an address without port, brackets and zone, IPv4 as IPv4; None for anything else."""
    text = entry.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        parsed = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return str(mapped or parsed)
