# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the window comes from, and profiles with the extension installed.

BLENDER    the command of a Blender that can open a window on this machine's display, or
EASEL_GUI  the path of a `run-blender-gui`, which brings a display and a Blender of its own.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from artist import Artist
from driver import BlenderWindow
from launcher import Launcher, install

if TYPE_CHECKING:
    from easel.simulator import Simulator

ROOT = Path(__file__).resolve().parents[2]
FAILURE = pytest.StashKey[BaseException]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that take long: at the end one of them would run alone."""

    def seconds(item: pytest.Item) -> float:
        mark = item.get_closest_marker("long")
        return mark.args[0] if mark is not None else 0

    items.sort(key=seconds, reverse=True)


def pytest_exception_interact(node: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """Tell the fixtures that their test has failed."""
    if call.excinfo is not None:
        node.stash[FAILURE] = call.excinfo.value


@pytest.fixture(scope="session")
def launcher() -> Launcher:
    """The Blender with a window."""
    blender, own_root = os.environ.get("BLENDER"), os.environ.get("EASEL_GUI")
    command = own_root or blender
    assert command, "these tests need a Blender with a window: make test-gui BLENDER=/path/to/blender"
    # The launcher keeps its HOME, and in it the compiled shaders, in the work folder: so that stays.
    work = ROOT / ".cache" / "gui"
    work.mkdir(parents=True, exist_ok=True)
    return Launcher(command, work, has_own_root=bool(own_root))


@pytest.fixture(scope="session")
def session_folder(launcher: Launcher) -> Iterator[Path]:
    """A folder that Blender sees, for as long as the tests run."""
    with tempfile.TemporaryDirectory(dir=launcher.work, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def installed(launcher: Launcher, session_folder: Path) -> Path:
    """A profile into which the built zip was installed and enabled. Copy it; don't use it."""
    return install(launcher, ROOT / "dist", session_folder)


@pytest.fixture
def profile(installed: Path, session_folder: Path, request: pytest.FixtureRequest) -> Path:
    """A profile of the test's own, with the extension installed and enabled."""
    folder = Path(tempfile.mkdtemp(prefix=f"{request.node.name}-", dir=session_folder))
    shutil.copytree(installed, folder, dirs_exist_ok=True)
    return folder


@pytest.fixture
def open_blender(
    launcher: Launcher, profile: Path, request: pytest.FixtureRequest
) -> Iterator[Callable[..., BlenderWindow]]:
    """Opens windows on the test's profile, with the arguments of `BlenderWindow`; ends those left over.

    After a failure it leaves a picture of what was on the screen: tests/gui/out/failure.png.
    """
    windows: list[BlenderWindow] = []

    def open_window(**arguments: object) -> BlenderWindow:
        window = BlenderWindow(launcher, profile, has_light_views=True, **arguments)
        windows.append(window)
        return window

    yield open_window
    error = request.node.stash.get(FAILURE, None)
    for window in windows:
        window.__exit__(error and type(error), error, None)


@pytest.fixture
def service() -> "Iterator[Simulator]":
    """The service that Easel talks to. It runs in this process, which is not Blender's."""
    from easel.simulator import Simulator

    with Simulator(speed=100, rate_limit=None, refuse_unknown=True, drawn_side=192) as simulator:
        yield simulator


@pytest.fixture
def open_easel(
    open_blender: Callable[..., BlenderWindow], launcher: Launcher, profile: Path, service: "Simulator"
) -> Callable[[], Artist]:
    """Opens windows with Easel's tab, connected to `service`. All share one library, as restarts do."""
    library = profile / "library"
    env = {
        "EASEL_API_URL": service.url,
        "EASEL_API_KEY": "window-test-key-0123456789",
        "EASEL_LIBRARY": launcher.inside(library),
    }
    return lambda: Artist(open_blender(env=env), library)


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Says something measured at the end of the run."""
    return lambda text: request.node.user_properties.append(("measured", text))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    measured = [
        text
        for outcome in terminalreporter.stats.values()
        for done in outcome
        for name, text in getattr(done, "user_properties", ())
        if name == "measured" and done.when == "call"
    ]
    if measured:
        terminalreporter.section("measured")
        for text in measured:
            terminalreporter.line(text)
