# SPDX-License-Identifier: GPL-3.0-or-later
"""The operators with `wait=True`, against the real simulator: the way of scripts and farms."""

from typing import TYPE_CHECKING

import bpy
import pytest

if TYPE_CHECKING:
    from easel.simulator import Simulator


def test_generate_makes_an_image(service: "Simulator") -> None:
    assert bpy.ops.easel.generate(prompt="weathered copper", placement="IMAGE", wait=True) == {"FINISHED"}
    assert len(bpy.data.images) == 1
    assert bpy.data.images[0].size[0] > 0
