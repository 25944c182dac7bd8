# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the Blender with a window, and make profiles with the extension installed.

BLENDER    the command of a Blender that can open a window on this machine's display, or
EASEL_GUI  the path of a `run-blender-gui`, which brings a display and a Blender of its own.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from artist import Artist
from driver import BlenderWindow
from launcher import Launcher, install

if TYPE_CHECKING:
    from easel.simulator import Simulator

ROOT = Path(__file__).resolve().parents[2]
SIZE = (900, 1000)  # pixels: only as many as Easel's tab needs, since software OpenGL is slow
WIDE = (1200, 1000)  # for a test that measures what the 3D View shows
DRAWING = {"LP_NUM_THREADS": "0"}  # Mesa's software OpenGL takes a tenth less of a core without threads
FAILURE = pytest.StashKey[BaseException]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the long tests first; a long test at the end would run alone."""

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
    """Return the launcher of a Blender with a window."""
    blender, own_root = os.environ.get("BLENDER"), os.environ.get("EASEL_GUI")
    command = own_root or blender
    assert command, "these tests need a Blender with a window: make test-gui BLENDER=/path/to/blender"
    # The work folder is kept: the launcher's HOME is in it, with the compiled shaders.
    work = ROOT / ".cache" / "gui"
    work.mkdir(parents=True, exist_ok=True)
    return Launcher(command, work, has_own_root=bool(own_root))


@pytest.fixture(scope="session")
def session_folder(launcher: Launcher) -> Iterator[Path]:
    """Yield a folder that Blender can see; it exists as long as the tests run."""
    with tempfile.TemporaryDirectory(dir=launcher.work, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def installed(launcher: Launcher, session_folder: Path) -> Path:
    """Return a profile in which the built zip is installed and enabled. Copy it; don't use it."""
    return install(launcher, ROOT / "dist", session_folder)


@pytest.fixture
def profile(installed: Path, session_folder: Path, request: pytest.FixtureRequest) -> Path:
    """Return a profile for this test alone, with the extension installed and enabled."""
    folder = Path(tempfile.mkdtemp(prefix=f"{request.node.name}-", dir=session_folder))
    shutil.copytree(installed, folder, copy_function=_link_or_copy, dirs_exist_ok=True)
    return folder


def _link_or_copy(source: str, target: str) -> None:
    """Link code, which is replaced but never written into; copy the rest. Copying all takes half a second."""
    if Path(source).suffix in {".py", ".pyc", ".so", ".pyd", ".dylib"}:
        os.link(source, target)
    else:
        shutil.copy2(source, target)


@pytest.fixture
def open_blender(
    launcher: Launcher, profile: Path, request: pytest.FixtureRequest
) -> Iterator[Callable[..., BlenderWindow]]:
    """Yield a function that opens windows on the test's profile, and end the windows that are left.

    The function takes the arguments of `BlenderWindow`. After a failure, tests/gui/out/failure.png shows the
    screen.
    """
    windows: list[BlenderWindow] = []
    size = SIZE if request.node.get_closest_marker("wide") is None else WIDE

    def open_window(*, env: Mapping[str, str] | None = None, **arguments: object) -> BlenderWindow:
        variables = {**DRAWING, **(env or {})}
        window = BlenderWindow(launcher, profile, size=size, has_light_views=True, env=variables, **arguments)
        windows.append(window)
        return window

    yield open_window
    error = request.node.stash.get(FAILURE, None)
    for window in windows:
        window.__exit__(error and type(error), error, None)


@pytest.fixture
def service() -> "Iterator[Simulator]":
    """Yield the service that Easel talks to. It runs in this process, outside Blender."""
    from easel.simulator import Simulator

    with Simulator(speed=100, rate_limit=None, refuse_unknown=True, drawn_side=192) as simulator:
        yield simulator


@pytest.fixture
def open_easel(
    open_blender: Callable[..., BlenderWindow], launcher: Launcher, profile: Path, service: "Simulator"
) -> Callable[[], Artist]:
    """Return a function that opens windows connected to `service`. All share a library, as after restarts."""
    library = profile / "library"
    env = {
        "EASEL_API_URL": service.url,
        "EASEL_API_KEY": "window-test-key-0123456789",
        "EASEL_LIBRARY": launcher.inside(library),
    }
    return lambda: Artist(open_blender(env=env), library)


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Return a function that reports a measurement at the end of the run."""
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
