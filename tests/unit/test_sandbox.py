# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox works: no test reaches another machine or the developer's profile."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest


def test_another_machine_cannot_be_reached() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.settimeout(0.1)
        with pytest.raises(PermissionError, match=r"only loopback"):
            sock.connect(("192.0.2.1", 80))


def test_another_machine_cannot_be_looked_up() -> None:
    with pytest.raises(PermissionError, match=r"only loopback"):
        socket.getaddrinfo("example.com", 443)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_loopback_can_be_reached(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        socket.create_connection((host, port), timeout=5).close()


def test_the_profile_is_temporary(tmp_path: Path) -> None:
    assert "easel-tests-" in str(Path.home())
    assert "easel-tests-" in os.environ["BLENDER_USER_RESOURCES"]
    assert "EASEL_API_KEY" not in os.environ


def test_a_started_process_finds_the_same_package(repo_root: Path) -> None:
    code = "import easel; print(easel.__file__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert Path(done.stdout.strip()) == repo_root / "__init__.py"
