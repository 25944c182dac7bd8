# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests in a real Blender without a window, with the checkout enabled as an extension.

`from easel.scene import placement` gives the enabled extension's own module. The extension is enabled while
this file is imported, before any test module is, and disabled at the end. Run this folder in a process of its
own.
"""

import bpy
import pytest
from dev_extension import DevExtension

_extension = DevExtension()
_extension.install()


def pytest_unconfigure(config: pytest.Config) -> None:
    _extension.remove()


@pytest.fixture(autouse=True)
def empty_file() -> None:
    """Every test begins with a new .blend that has one scene and no data; preferences stay."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)


@pytest.fixture
def default_file(empty_file: None) -> None:
    """The .blend with the cube, for tests that want one."""
    bpy.ops.wm.read_homefile(use_factory_startup=True)


@pytest.fixture(scope="session")
def extension() -> DevExtension:
    """The enabled extension, for tests that switch it off and on."""
    return _extension
