"""The neutral ground that the other tests stand on."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import platformdirs
import pytest

ELSEWHERE = ("192.0.2.1", 443)  # an address that belongs to nobody (RFC 5737)


@pytest.fixture
def attempts(tmp_path, monkeypatch):
    """Where attempts of this test are written down, so that they do not count against the others."""
    path = tmp_path / "attempts.txt"
    monkeypatch.setenv("NETWORK_GUARD_LOG", str(path))
    return path


def test_another_computer_is_refused_and_the_attempt_written_down(attempts):
    with socket.socket() as connection, pytest.raises(ConnectionRefusedError, match="tests have no network"):
        connection.connect(ELSEWHERE)
    with pytest.raises(ConnectionRefusedError):
        socket.getaddrinfo("telemetry.example", 443)
    assert attempts.read_text(encoding="utf-8").count("\n") == 2


def test_a_program_that_a_test_starts_is_refused_too(attempts):
    program = f"import socket\ntry:\n    socket.create_connection({ELSEWHERE!r})\nexcept OSError as e:\n    print(e)"
    result = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True, check=True)
    assert "tests have no network" in result.stdout
    assert "192.0.2.1" in attempts.read_text(encoding="utf-8")


def test_this_computer_is_let_through(attempts):
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        client.sendall(b"here")
        assert server.accept()[0].recv(4) == b"here"
    assert not attempts.exists()


def test_no_key_or_setting_of_the_user_reaches_a_test(tmp_path_factory):
    folder = platformdirs.user_config_path("lm-stats", appauthor=False)
    assert folder.is_relative_to(tmp_path_factory.getbasetemp())
    assert Path.home() not in folder.parents or Path.home() in tmp_path_factory.getbasetemp().parents
    assert not {"LM_STATS_KEY", "LM_STATS_ROOT", "LM_STATS_CATALOG", "DAGSTER_HOME"} & set(os.environ)
