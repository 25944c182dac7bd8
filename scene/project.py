# SPDX-License-Identifier: GPL-3.0-or-later
"""The open file and project: the purpose of an image, and who pays. Main thread."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy

from ..jobs.placement import Placement


def file_name() -> str:
    """Name the .blend that is open, without its folder; empty if it was never saved."""
    return Path(bpy.data.filepath).name


def blender_project() -> str:
    """Name Blender's own project (from 5.3 on); empty if none is open."""
    project: Any = getattr(bpy.data, "project", None)
    if project is None:
        return ""
    return project.name or Path(project.root_path).name


def budget() -> str:
    """Name the folder of the project that is open: Blender's own, else that of the .blend."""
    project: Any = getattr(bpy.data, "project", None)
    root: str = getattr(project, "root_path", "") or ""
    if root:
        return str(Path(root))
    return str(Path(bpy.data.filepath).parent) if bpy.data.filepath else ""


def made_here(placement: Placement) -> Placement:
    """Note with a placement in which file and project its images are made."""
    return replace(placement, project=file_name(), blender_project=blender_project(), budget=budget())
