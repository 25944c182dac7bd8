# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox of every test: no network but loopback, no real profile, no real key.

It is set up while this file is imported, which is before any test module (and so before `bpy`) is.
"""

import ipaddress
import os
import random
import sys
import tempfile
from pathlib import Path
from typing import Any

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parents[1]

_sandbox = tempfile.TemporaryDirectory(prefix="easel-tests-", ignore_cleanup_errors=True)


def _enter_sandbox(folder: Path) -> None:
    """Point every per-user folder into `folder`; forget the developer's key, server and library."""
    for name in [name for name in os.environ if name.startswith("EASEL_") and name != "EASEL_GUI"]:
        del os.environ[name]
    folders = {
        "HOME": "home",
        "USERPROFILE": "home",
        "APPDATA": "home/AppData/Roaming",
        "LOCALAPPDATA": "home/AppData/Local",
        "XDG_CONFIG_HOME": "home/.config",
        "XDG_CACHE_HOME": "home/.cache",
        "XDG_DATA_HOME": "home/.local/share",
        "XDG_STATE_HOME": "home/.local/state",
        "BLENDER_USER_RESOURCES": "blender",
        "EASEL_LIBRARY": "library",
    }
    for name, sub in folders.items():
        path = folder / sub
        path.mkdir(parents=True, exist_ok=True)
        os.environ[name] = str(path)
    # Processes started by a test find `easel` the way the test itself does.
    os.environ["PYTHONPATH"] = str(ROOT / "tests" / "support")


def _is_loopback(host: object) -> bool:
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host in (None, "", "localhost"):
        return True
    try:
        return ipaddress.ip_address(str(host).partition("%")[0]).is_loopback
    except ValueError:
        return False


def _guard_network(event: str, args: tuple[Any, ...]) -> None:
    """Refuse, by an audit hook, every look-up of and connection to another machine."""
    if event in ("socket.connect", "socket.sendto"):
        address = args[1]
        host = address[0] if isinstance(address, tuple) else None  # not a tuple: a Unix socket
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = args[0]
    else:
        return
    if not _is_loopback(host):
        msg = f"a test tried to reach {host!r}: only loopback is allowed"
        raise PermissionError(msg)


_enter_sandbox(Path(_sandbox.name))
sys.addaudithook(_guard_network)

# Neither an example's time nor that of making it says anything on a busy machine.
hypothesis.settings.register_profile(
    "easel",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
    derandomize="CI" in os.environ,
)
hypothesis.settings.load_profile("easel")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--order", type=int, metavar="SEED", help="shuffle all tests by this seed")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Shuffle if that is requested, in every process of pytest-xdist alike."""
    if config.option.order is not None:
        random.Random(config.option.order).shuffle(items)


def pytest_unconfigure(config: pytest.Config) -> None:
    _sandbox.cleanup()


@pytest.fixture(scope="session")
def repo_root() -> Path:
    """The root of the repository, which is the root of the extension."""
    return ROOT
