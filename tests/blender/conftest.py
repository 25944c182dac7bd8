# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests in a real Blender without a window, with the checkout enabled as an extension.

`from easel.scene import placement` gives the enabled extension's own module. The extension is enabled while
this file is imported, before any test module is, and disabled at the end. Run this folder in a separate
process.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
import in_part
import pytest
from dev_extension import DevExtension

if TYPE_CHECKING:
    from edits import Edit
    from placing import MakeJob

    from easel.properties.mirror import EASEL_PG_job
    from easel.simulator import Simulator

_died: list[str] = []
"""Tests during which a Blender died, in the process that hands out the tests."""

_extension = DevExtension()
_extension.install()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--part", action="store_true", help="only the files that tests/support/in_part.py names")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    is_left_out = collection_path.suffix == ".py" and collection_path.name not in in_part.FILES
    return True if config.option.part and is_left_out else None


def pytest_handlecrashitem(crashitem: str, report: pytest.TestReport, sched: Any) -> None:
    """Run a test once more, in a new Blender, if Blender died during it; the summary tells.

    Blender 4.2 died in one of about ten runs of all tests, and never in hundreds of runs of that test alone.
    """
    if crashitem not in _died:
        _died.append(crashitem)
        report.outcome = "rerun"
        sched.mark_test_pending(crashitem)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if _died:
        terminalreporter.section(f"Blender {bpy.app.version_string} died and was started again")
        for name in _died:
            terminalreporter.line(f"{name}: where it was in Python is said above, at “Fatal Python error”")
    if config.option.part:
        count = len(list(Path(__file__).parent.glob("test_*.py")))
        terminalreporter.section(f"Blender {bpy.app.version_string} in part")
        terminalreporter.line(
            f"{len(in_part.FILES)} of {count} files of tests; why these: tests/support/in_part.py."
            " make test-blender FULL=1 runs all."
        )


def pytest_unconfigure(config: pytest.Config) -> None:
    _extension.remove()


@pytest.fixture(autouse=True)
def empty_file() -> None:
    """Begin every test with a new .blend that has one scene and no data; preferences stay."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)


@pytest.fixture
def default_file(empty_file: None) -> None:
    """Open the .blend with the cube, for tests that want one."""
    bpy.ops.wm.read_homefile(use_factory_startup=True)


@pytest.fixture(scope="session")
def extension() -> DevExtension:
    """Return the enabled extension, for tests that switch it off and on."""
    return _extension


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Iterator[Simulator]":
    """Yield a simulator, 200 times as fast as the models, as the service of the operators."""
    from sessions import begin_afresh

    from easel.scene.session import pump
    from easel.simulator import Simulator

    with Simulator(
        speed=200, rate_limit=None, balance=10_000, refuse_unknown=True, drawn_side=192
    ) as simulator:
        monkeypatch.setenv("EASEL_API_URL", simulator.url)
        monkeypatch.setenv("EASEL_API_KEY", "test-key-0123456789")
        monkeypatch.setenv("EASEL_LIBRARY", str(tmp_path / "library"))
        monkeypatch.setenv("EASEL_RATE_LIMIT", "600")
        yield simulator
        begin_afresh()
        pump.start()


@pytest.fixture
def echo(service: "Simulator", monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the model return what it was sent, at another size."""
    from easel.simulator import drawing

    monkeypatch.setattr(drawing, "_edit", lambda order, *_: drawing._load(order.sources[0].path, order.size))
    monkeypatch.setattr(drawing, "_sign", lambda _image: None)


@pytest.fixture
def wood_node() -> bpy.types.ShaderNodeTexImage:
    """Return the image node of the only object's material; it shows "wood"."""
    from edits import add_textured_object

    wood = bpy.data.images.new("wood", 4, 4)
    wood.pack()
    return add_textured_object(wood)


@pytest.fixture
def edit(tmp_path: Path) -> "Edit":
    """Return a function that places the finished edit of an image: `edit(image, "moss")`."""
    from edits import Editor

    return Editor(tmp_path)


@pytest.fixture
def make_job(tmp_path: Path) -> "MakeJob":
    """Return a function that makes finished jobs: `make_job(plan("IMAGE"), 2)`."""
    from placing import JobMaker

    return JobMaker(tmp_path / "library")


@pytest.fixture
def load_udim(tmp_path: Path) -> Callable[..., bpy.types.Image]:
    """Return a function that writes UDIM tiles to files and opens them as one: `load("jpg", "RGB")`."""
    from tiled import load_tiled

    return lambda *kind: load_tiled(tmp_path / "source", *kind)


@pytest.fixture
def saved_file(tmp_path: Path) -> Path:
    """Save the open .blend, so that results are files beside it; return its path."""
    path = tmp_path / "scene.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    return path


@pytest.fixture
def asked(service: "Simulator") -> Any:
    """Put three images into the library; return the settings of its search."""
    for prompt in ("Copper roof", "Oak floor", "Copper pipe"):
        assert bpy.ops.easel.generate(prompt=prompt, placement="IMAGE", wait=True) == {"FINISHED"}
    return bpy.context.window_manager.easel.gallery


@pytest.fixture
def four(service: "Simulator") -> "EASEL_PG_job":
    """Return the row of a job with four images; the file has none of them."""
    bpy.context.scene.easel.gemini_3_1_flash.count = 4
    assert bpy.ops.easel.generate(prompt="Copper robot", placement="IMAGE", wait=True) == {"FINISHED"}
    for image in [image for image in bpy.data.images if "easel_job" in image]:
        bpy.data.images.remove(image)
    return bpy.context.window_manager.easel.jobs[0]


@pytest.fixture
def in_editor() -> Iterator[Callable[[str], AbstractContextManager[object]]]:
    """Yield a function that turns the 3D View into another editor: `with in_editor("IMAGE_EDITOR"):`."""
    window = bpy.context.window_manager.windows[0]
    area = next(area for area in window.screen.areas if area.type == "VIEW_3D")

    def run(kind: str) -> AbstractContextManager[object]:
        area.ui_type = kind
        region = next(region for region in area.regions if region.type == "WINDOW")
        return bpy.context.temp_override(window=window, area=area, region=region)

    yield run
    area.ui_type = "VIEW_3D"
