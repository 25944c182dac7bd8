# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Easel this is."""

from __future__ import annotations

import functools
import tomllib
from pathlib import Path


@functools.cache
def own_version() -> str:
    """Return the version in the extension's manifest; empty if that can't be read."""
    manifest = Path(__file__).resolve().parents[1] / "blender_manifest.toml"
    try:
        return str(tomllib.loads(manifest.read_text(encoding="utf-8")).get("version", ""))
    except (OSError, ValueError):
        return ""
