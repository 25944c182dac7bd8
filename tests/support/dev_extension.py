# SPDX-License-Identifier: GPL-3.0-or-later
"""The checkout as an enabled extension of this process's Blender: `bl_ext.dev.easel`.

`extension_path_user` and preferences need an extension that is installed in a repository. So there is a
repository `dev` in `.cache/extension`, where `easel` is a link to the checkout. All processes use the same
one, so Python compiles Easel once, not in each of them.
"""

import contextlib
import importlib
import importlib.abc
import importlib.machinery
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

import bpy
import addon_utils

ROOT = Path(__file__).resolve().parents[2]
MODULE = "bl_ext.dev.easel"
REPOSITORY = ROOT / ".cache" / "extension"


class _Alias(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Makes `easel.x` the same module as `bl_ext.dev.easel.x`, so that each class exists once."""

    def find_spec(
        self, fullname: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname.partition(".")[0] != "easel":
            return None
        return importlib.machinery.ModuleSpec(fullname, self)

    def exec_module(self, module: ModuleType) -> None:
        sys.modules[module.__name__] = importlib.import_module(f"bl_ext.dev.{module.__name__}")


class DevExtension:
    """The repository `dev` and the extension in it."""

    def __init__(self) -> None:
        self._copies = contextlib.ExitStack()

    def install(self) -> None:
        """Make the repository and enable the extension. Raises if it can't be registered."""
        if any(name.partition(".")[0] == "easel" for name in sys.modules):
            msg = "`easel` was imported before Blender: run tests/blender in a process of its own"
            raise RuntimeError(msg)
        try:
            folder = _link()
        except OSError:  # Windows without developer mode
            folder = self._copies.enter_context(_copy())
        bpy.context.preferences.extensions.repos.new(name="dev", module="dev", custom_directory=str(folder))
        self.enable()
        sys.meta_path.insert(0, _Alias())

    def enable(self) -> ModuleType:
        """Enable the extension like Blender at start-up."""
        module = addon_utils.enable(MODULE, default_set=True, handle_error=_reraise)
        assert module is not None
        return module

    def disable(self) -> None:
        """Disable it like the checkbox in the preferences."""
        addon_utils.disable(MODULE, default_set=True, handle_error=_reraise)

    def remove(self) -> None:
        """Disable the extension before the exit, and release its modules.

        An operator that is still registered at exit crashes 4.2. So do modules that `easel` still refers to:
        they hold `bpy`, which would then end after Python.
        """
        self.disable()
        for name in [name for name in sys.modules if _is_easel(name)]:
            vars(sys.modules.pop(name)).clear()
        self._copies.close()


def _is_easel(name: str) -> bool:
    return name.partition(".")[0] == "easel" or name == MODULE or name.startswith(f"{MODULE}.")


def _reraise(error: Exception) -> None:
    raise error


def _link() -> Path:
    """Return the repository with the link; raise OSError if this system doesn't allow links."""
    REPOSITORY.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):  # another process may make it at the same time
        (REPOSITORY / "easel").symlink_to(Path("..", ".."), target_is_directory=True)
    return REPOSITORY


@contextlib.contextmanager
def _copy() -> Iterator[Path]:
    """Yield a repository with a copy of the checkout, and remove it afterwards."""
    ignored = shutil.ignore_patterns(".*", "__pycache__", "dist", "demo-out", "tests")
    with tempfile.TemporaryDirectory(prefix="easel-repo-", ignore_cleanup_errors=True) as folder:
        shutil.copytree(ROOT, Path(folder) / "easel", ignore=ignored)
        yield Path(folder)
