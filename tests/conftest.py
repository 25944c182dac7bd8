# SPDX-License-Identifier: GPL-3.0-or-later
"""Put every test into a sandbox: no network but loopback, no real profile, no real key.

The import of this file sets it up, before the import of any test module, and so before that of `bpy`.
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
    # Processes that a test starts find `easel` in the same way as the test.
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
    """Refuse every look-up of another machine and every connection to one; runs as an audit hook."""
    if event in ("socket.connect", "socket.sendto"):
        address = args[1]
        host = address[0] if isinstance(address, tuple) else None  # a Unix socket has no tuple
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = args[0]
    else:
        return
    if not _is_loopback(host):
        msg = f"a test tried to reach {host!r}: only loopback is allowed"
        raise PermissionError(msg)


_enter_sandbox(Path(_sandbox.name))
sys.addaudithook(_guard_network)

# On a busy machine, neither the time of an example nor the time to make it means anything.
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
    """Shuffle the tests if requested, in the same order in every process of pytest-xdist."""
    if config.option.order is not None:
        random.Random(config.option.order).shuffle(items)


def pytest_unconfigure(config: pytest.Config) -> None:
    _sandbox.cleanup()


@pytest.fixture(scope="session")
def repo_root() -> Path:
    """Return the root of the repository, which is also that of the extension."""
    return ROOT
