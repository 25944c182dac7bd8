# SPDX-License-Identifier: GPL-3.0-or-later
"""Count the modules, functions and rooms that a result passes between its download and its datablocks.

.venv/blender52/bin/python tools/result_way.py            # needs bpy, and no network: the simulator answers
.venv/blender52/bin/python tools/result_way.py ROOT       # the same of another checkout

One generated image becomes a texture. Calls count in the thread that downloads it, from `jobs.fetch` on, and
in the main thread within the `place_next` that places it. A module counts if any of its functions was called.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Final

ROOT: Final = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[1]).resolve()

Entered = set[tuple[str, str]]
"""Called functions with their modules."""


class Trace(threading.local):
    """The functions that one thread calls for a result."""

    depth = 0
    entered: Entered

    def __call__(self, frame: FrameType, event: str, result: Any) -> None:
        if event not in ("call", "return"):
            return
        module = module_of(frame.f_code.co_filename)
        name = frame.f_code.co_name
        is_start = module == "jobs.fetch" or (module.endswith("arrivals") and name == "place_next")
        if event == "call":
            if self.depth or is_start:
                if not self.depth:
                    self.entered = set()
                self.depth += 1
                self._note(module, frame.f_code.co_qualname if sys.version_info >= (3, 11) else name)
        elif self.depth:
            self.depth -= 1
            if not self.depth and result is not False:  # only turns that place something
                found.update(self.entered)

    def _note(self, module: str, name: str) -> None:
        if module and "<" not in name.rpartition(".")[2]:
            self.entered.add((module, name))


found: Entered = set()


def module_of(path: str) -> str:
    """Return a module's name within Easel; empty for other modules."""
    _before, is_ours, inside = path.partition("/easel/")
    return inside.removesuffix(".py").replace("/", ".") if is_ours and "/site-packages/" not in inside else ""


@contextmanager
def extension() -> Iterator[None]:
    """Enable the checkout in this process's Blender, with a separate library and profile."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        os.environ.update(
            BLENDER_USER_RESOURCES=folder,
            EASEL_LIBRARY=str(Path(folder, "library")),
            EASEL_API_KEY="key-that-counts-0123456789",
            EASEL_RATE_LIMIT="600",
        )
        sys.path.insert(0, str(ROOT / "tests" / "support"))
        from dev_extension import DevExtension  # pyright: ignore[reportMissingImports]

        installed = DevExtension()
        installed.install()
        yield
        installed.remove()


def main() -> None:
    """Generate an image, and print its way."""
    import bpy

    with extension():
        from easel.simulator import Simulator  # pyright: ignore[reportMissingImports]

        with Simulator(speed=200, rate_limit=None, balance=1000) as service:
            os.environ["EASEL_API_URL"] = service.url
            bpy.ops.wm.read_homefile(use_factory_startup=True)
            trace = Trace()
            threading.setprofile(trace)
            sys.setprofile(trace)
            bpy.ops.easel.generate(prompt="moss", placement="TEXTURE", wait=True)
            sys.setprofile(None)
            threading.setprofile(None)
    modules = {module for module, _name in found}
    rooms = {module.rpartition(".")[0] or module for module in modules}
    for label, names in (("rooms", rooms), ("modules", modules)):
        print(f"{label:10} {len(names):3}  {', '.join(sorted(names))}")
    print(f"{'functions':10} {len(found):3}")


if __name__ == "__main__":
    main()
