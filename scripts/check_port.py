"""Say whether a port can be served on, before anything slow is done. Standard library only."""

from __future__ import annotations

import errno
import socket
import sys


def problem(port: str) -> str | None:
    """A sentence about why the port cannot be used, or None when it can."""
    if not port.isdecimal() or not 1 <= int(port) <= 65535:
        return f'PORT is "{port}". Accepted: a number from 1 to 65535.'
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(port)))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                other = 8001 if port != "8001" else 8002
                return (
                    f"Port {port} is taken, by another program or by a server of this project that still "
                    f"runs. Stop it, or choose another port: make run PORT={other}"
                )
            return f"Port {port} cannot be used: {error.strerror}. Choose another: make run PORT=8001"
    return None


if __name__ == "__main__":
    sys.exit(problem(sys.argv[1]))
