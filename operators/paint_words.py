# SPDX-License-Identifier: GPL-3.0-or-later
"""The text that tells a model about a sheet of views, added to the artist's prompt. In English, as sent."""

import math
from collections.abc import Sequence

from ..imaging.surface.viewpoints import Viewpoint
from ..jobs.targets import PaintRound

NORMALS_ROLE = "the normals of the same views, laid out in the same way"
DEPTH_ROLE = "the depth of the same views, laid out in the same way; near is white"
STYLE_ROLE = "a style reference: take its look, not its content"
_LOOKS = {
    "CLAY": "as plain clay",
    "TEXTURE": "with the colours that it has now, without light",
    "LIT": "with the colours that it has now, in soft light",
}
_AROUND = (
    "front",
    "front and left",
    "left",
    "back and left",
    "back",
    "back and right",
    "right",
    "front and right",
)
_SHEET = (
    "The picture is a sheet of one and the same 3D model {look}, on plain grey: {seen}. {task} Keep the sheet"
    " as it is: each view stays at its place, at its size, with its outline and its form to the pixel. The"
    " light is even, without shadows or highlights. The grey stays empty, and there is no text and no frame."
)
_TASKS = {
    PaintRound.WHOLE: (
        "Paint the model as described, with the same materials and colours in all views, so that they fit"
        " together."
    ),
    PaintRound.UNSEEN: (
        "The model is painted already, but for some places that have only smeared colours. Paint these as"
        " described, so that they go on what is beside them, and leave everything else exactly as it is."
    ),
    PaintRound.VIEW: "The model is painted already. Change it as described, and leave the rest as it is.",
}


def told(viewpoints: Sequence[Viewpoint], look: str, round_of: str) -> str:
    """Return the text that is added to the prompt."""
    names = [_name_of(one) for one in viewpoints]
    count = len(names)
    seen = f"one view, {names[0]}" if count == 1 else f"{count} views, row by row: {', '.join(names)}"
    return _SHEET.format(look=_LOOKS[look], seen=seen, task=_TASKS[PaintRound(round_of)])


def _name_of(viewpoint: Viewpoint) -> str:
    x, y, z = viewpoint.towards
    height = math.degrees(math.asin(max(-1.0, min(1.0, z))))
    if abs(height) > 75:
        return "from above" if height > 0 else "from below"
    side = _AROUND[round(math.degrees(math.atan2(x, -y)) / 45) % 8]
    if abs(height) < 20:
        return side
    return f"{side}, slanted from {'above' if height > 0 else 'below'}"
