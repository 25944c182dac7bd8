# SPDX-License-Identifier: GPL-3.0-or-later
"""Templates per use: what an image for this use needs, told to the model after the artist's own words.

The artist's words come first, so that a template suits new images and edits alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from ..client.requests import Sizing
from ..jobs.targets import PlacementKind
from .tokens import evaluate

NO_TEMPLATE: Final = "NONE"
SHEET: Final = "TURNAROUND_SHEET"


@dataclass(frozen=True, kw_only=True)
class Template:
    """What is added to a prompt for one use."""

    id: str
    """Stored in the .blend, the ledger and saved prompts."""
    number: int
    """Stored in the .blend too, by Blender: never another one's."""
    label: str
    hint: str
    text: str
    """In English, whatever the interface's language: it is the model that reads it."""
    aspect_ratio: str = "1:1"
    """What images for this use have, in the words of the models' options."""
    count: int | None = None
    """None leaves what the artist has chosen; so the rest."""
    placement: PlacementKind | None = None
    sizing: Sizing | None = None
    """The sizing of an edit."""
    is_metal: bool = False
    """What it shows is metal, bare in places: its material gets a metallic map."""


_TILES: Final = (
    "seen straight from above, filling the whole frame, evenly lit, with no shadows or highlights of a scene."
    " The left edge continues at the right edge and the top edge at the bottom edge. No objects, borders,"
    " perspective or text."
)


TEMPLATES: Final[Mapping[str, Template]] = MappingProxyType(
    {
        template.id: template
        for template in (
            Template(id=NO_TEMPLATE, number=0, label="No Template", hint="Send the prompt as it is", text=""),
            Template(
                id="SEAMLESS_TEXTURE",
                number=1,
                label="Seamless Texture",
                hint="A flat surface that repeats without seams",
                text=f"The image is a seamless, tileable texture: the surface {_TILES}",
                placement=PlacementKind.TEXTURE,
                sizing=Sizing.NEW_SIZE,
            ),
            Template(
                id="SEAMLESS_METAL",
                number=6,
                label="Seamless Metal",
                hint="A flat metal surface that repeats without seams. Its material gets a metallic map",
                text=f"The image is a seamless, tileable texture of metal: the surface {_TILES} The bare"
                " metal has one even colour, without reflections; rust, paint and dirt have others.",
                placement=PlacementKind.TEXTURE,
                sizing=Sizing.NEW_SIZE,
                is_metal=True,
            ),
            Template(
                id="MATERIAL_CLOSE_UP",
                number=2,
                label="Material Close-up",
                hint="A close-up reference of a material",
                text="The image is a macro photograph of the material as a reference for shading: sharp over"
                " the whole frame, soft light from one side that shows its roughness, relief and wear,"
                " neutral colours, no other objects and no text.",
            ),
            Template(
                id=SHEET,
                number=3,
                label="Turnaround Sheet",
                hint="One object from the front, the side, the back and three quarters, for modelling",
                text="The image is a turnaround sheet for 3D modelling: the same object four times in a row"
                " at the same scale, from left to right: from the front, in three-quarter view turned to the"
                " left, from the side facing left, and from the back. Orthographic, in the same pose,"
                " aligned on one base line, whole, with empty space between the views, evenly lit without"
                " cast shadows, on a plain light grey background, without text.",
                aspect_ratio="16:9",
                placement=PlacementKind.REFERENCE_EMPTY,
                sizing=Sizing.AS_IT_CAME,  # a sheet lies on no picture
            ),
            Template(
                id="CONCEPT",
                number=4,
                label="Concept",
                hint="A design painting that shows shape, mood and materials",
                text="The image is concept art by a production designer: a clear silhouette, readable shapes"
                " and materials, a strong composition, cinematic light and mood, painted detail at the focal"
                " point, without text.",
                aspect_ratio="16:9",
                count=4,
            ),
            Template(
                id="PRODUCT_SHOT",
                number=5,
                label="Product Shot",
                hint="A studio photograph of one object",
                text="The image is a studio product photograph: the object alone and whole in the middle of"
                " the frame, softbox light with gentle reflections, a soft contact shadow, a plain seamless"
                " backdrop, a long lens, sharp from front to back, without text or props.",
                aspect_ratio="4:5",
            ),
        )
    }
)


def compose(written: str, template_id: str, value_of: Callable[[str], str]) -> str:
    """Make the text that will be sent of what the artist wrote and the template that was chosen.

    An unknown template (of a newer Easel) adds nothing.

    Raises:
        PromptUnready: see `tokens.evaluate`.
    """
    words = evaluate(written, value_of).strip()
    template = TEMPLATES.get(template_id)
    if template is None or not template.text or not words:
        return words
    return f"{words}\n\n{template.text}"


def is_metal(template_id: str) -> bool:
    """Tell whether images with a template show metal."""
    template = TEMPLATES.get(template_id)
    return template is not None and template.is_metal
