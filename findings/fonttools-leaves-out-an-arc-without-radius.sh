#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# fontTools 4.68.0: an SVG arc with a radius of 0 is a straight line to its end, says SVG, and svgpathtools 1.8.0 draws it. For
# fontTools the arc does not exist: of a square whose upper side is such an arc a triangle is left, half as large. Nothing is said.
exec "$(dirname "$0")/python-with" 3.13 fonttools==4.68.0 svgpathtools==1.8.0 numpy==2.5.5 <<'PYTHON'
import warnings

import fontTools
from fontTools.pens.areaPen import AreaPen
from fontTools.pens.recordingPen import RecordingPen
from fontTools.svgLib.path import parse_path
from svgpathtools import parse_path as parse_other

warnings.simplefilter("ignore")
PATHS = {
    "line": "M0 0L10 0L10 10L0 10Z",
    "radius 0": "M0 0L10 0L10 10A0 0 0 0 1 0 10Z",
    "one radius 0": "M0 0L10 0L10 10A0 5 0 0 1 0 10Z",
    "relative": "M0 0L10 0L10 10a0 0 0 0 1 -10 0Z",
}
seen = {}
for name, path in PATHS.items():
    area, drawn = AreaPen(), RecordingPen()
    parse_path(path, area)
    parse_path(path, drawn)
    seen[name] = abs(area.value), abs(float(parse_other(path).area()))
    print(f"fontTools {fontTools.version}, {name}: area {seen[name][0]:.0f}, svgpathtools {seen[name][1]:.0f}, {drawn.value}")
assert seen.pop("line") == (100, 100)
assert all(areas == (50, 100) for areas in seen.values())
PYTHON
