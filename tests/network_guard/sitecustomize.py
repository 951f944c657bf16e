"""Refuses every connection but to this computer, and writes down who tried.

The tests load it in their own process, and Python loads it by its name in each program that a test
starts, because this folder is on PYTHONPATH there. Writing it down finds also what swallows errors.
"""

from __future__ import annotations

import os
import sys

ALLOWED = {"", "localhost", "127.0.0.1", "::1", "0.0.0.0", "::"}
LOG_VARIABLE = "NETWORK_GUARD_LOG"


def is_allowed(host: object) -> bool:
    """Whether a host is this computer."""
    if host is None:
        return True
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    if name in ALLOWED:
        return True
    return hasattr(os, "uname") and name == os.uname().nodename


def guard(event: str, arguments: tuple) -> None:
    """Audit hook (PEP 578).

    Raises:
        ConnectionRefusedError: If another computer is asked for.
    """
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None  # others are files of this computer
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
    else:
        return
    if is_allowed(host):
        return
    log = os.environ.get(LOG_VARIABLE)
    if log:
        with open(log, "a", encoding="utf-8", newline="\n") as file:  # noqa: PTH123 - imported before everything
            file.write(f"{event} {host} by {' '.join(sys.argv)[:200]}\n")
    raise ConnectionRefusedError(f"{event} to {host}: tests have no network")


if os.environ.get(LOG_VARIABLE):
    sys.addaudithook(guard)
