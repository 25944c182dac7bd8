# SPDX-License-Identifier: GPL-3.0-or-later
"""The engines that texture the artist's own model, in the table of models: what each accepts and costs.

No client is known to have used them: the only source is the vendor's page, which names no limits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from .engines import Backdrop
from .models import Model, ModelId

AS_TEXT: Final = "image as text"
"""A name to try for the picture's field: a data URI if a file is refused. The page shows neither."""


@dataclass(frozen=True, kw_only=True)
class Texturer(Model):
    """What one engine accepts and gives, besides what every model has."""

    most_prompt: int = 1024
    """Characters."""
    most_faces: int = 1_000_000
    """The most triangles that Easel sends: a guess. Files from the service were seen with up to 1.5
    million."""
    makes_uvs: bool = True
    """It unwraps models without UVs."""
    pbr_needs_prompt: bool = False
    """Maps of roughness and metal need a prompt. If False, they come with the colour, at the same price."""
    convert_credits: int = 0
    """The price of a conversion task: it accepts the address of an FBX, not a file. 0: it accepts a file."""
    backdrop: Backdrop = Backdrop.WHITE
    max_side: int = 1536
    """Pixels of the longer side of a picture, as of the engines that make models."""
    max_bytes: int = 6_000_000
    gives: tuple[str, ...] = (".glb",)

    def whole_price(self, quality: str = "") -> int:
        """Credits of all its steps together."""
        return self.price(count=1, quality=quality if self.qualities else "") + self.convert_credits

    @property
    def default_quality(self) -> str:
        """The cheapest: the object shows whether it is enough."""
        return next(iter(self.credits_by_quality), "")


TEXTURERS: Final[Mapping[ModelId, Texturer]] = MappingProxyType(
    {
        engine.id: engine
        for engine in (
            Texturer(
                id=ModelId.TRIPO_TEXTURE,
                label="Tripo Texture",
                hint="Takes the object as it is, and makes UVs where it has none",
                path="/v1/3d-models/tripo/texture-model/",
                sizes=MappingProxyType({}),
                seconds=(60, 240),  # not documented
                credits_per_image=20,
                credits_by_quality=MappingProxyType({"standard": 20, "detailed": 40}),
                max_images=1,
                max_sources=2,
                source_fields=("image", AS_TEXT),
            ),
            Texturer(
                id=ModelId.HUNYUAN_TEXTURE,
                label="Hunyuan Texture",
                hint="Paints over the object's own UVs, in two steps that are paid together",
                path="/v1/3d-models/tencent/texture-edit/",
                sizes=MappingProxyType({}),
                seconds=(90, 300),  # not documented
                credits_per_image=80,
                convert_credits=10,
                max_images=1,
                max_sources=2,
                most_faces=100_000,  # the provider's limit of February, which may have become one of bytes
                makes_uvs=False,  # a guess: it edits a texture
                pbr_needs_prompt=True,
            ),
        )
    }
)

DEFAULT_TEXTURER: Final = ModelId.TRIPO_TEXTURE
