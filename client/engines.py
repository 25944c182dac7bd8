# SPDX-License-Identifier: GPL-3.0-or-later
"""The engines that make 3D models, in the table of models: what each accepts, gives and costs.

The vendor's pages and its clients differ on some prices, and name no limits of pictures: the limits here are
those of the providers behind it. Guessed numbers are marked as such; the wallet tells what was charged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from .models import Model, ModelId


class Backdrop(StrEnum):
    """The background that an engine needs in a picture."""

    CUT = "CUT"
    """Transparent: it would make a slab of any background."""
    WHITE = "WHITE"
    """White, without alpha: a transparent PNG was refused."""


class View(StrEnum):
    """The side of the object that a picture shows, in the service's words. Left is the object's own left."""

    FRONT = "front"
    LEFT = "left"
    BACK = "back"
    RIGHT = "right"


@dataclass(frozen=True, kw_only=True)
class Engine(Model):
    """What one engine accepts, gives and costs, besides what every model has."""

    backdrop: Backdrop
    gives: tuple[str, ...]
    """Suffixes of the files that it sends; in any order, and not always all."""
    paths: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """The paths of requests with text alone ("text") or with several views ("views"), if they differ."""
    takes_text: bool = False
    """It accepts a prompt without a picture."""
    most_prompt: int = 1024
    """Characters."""
    text_credits: int | None = None
    """The price of a request with text alone; None: as with a picture."""
    texture_credits: int = 0
    """The extra price of textures."""
    pbr_credits: int = 0
    """The extra price of maps of roughness and metal."""
    views_credits: int = 0
    """The extra price of several views."""
    has_textures: bool = True
    """Whether textures can be left out."""
    has_pbr: bool = True
    faces: tuple[int, int] | None = None
    """Fewest and most triangles that can be requested; None: it decides."""
    default_faces: int = 0
    """Easel's default, for beginners: the service's own default is up to a million."""
    max_side: int = 1536
    """Pixels of the longer side of pictures to send, as one client sent them."""
    max_bytes: int = 6_000_000
    """The largest file of a picture. As base64 that is 8 MB, the provider's limit."""
    turn: float = 0.0
    """Degrees about Blender's Z, counter-clockwise seen from above, that turn its front to Blender's, -Y."""
    generator: str = ""
    """A part of the `generator` in its glTF files, as seen in files; empty: unknown."""

    @property
    def default_resolution(self) -> str:
        return "1024" if self.credits_by_resolution else ""

    def price_of(
        self, *, resolution: str, textures: bool, pbr: bool, has_picture: bool, view_count: int
    ) -> int:
        """Return the credits for a model."""
        base = self.price(count=1, resolution=resolution)
        if not has_picture and self.text_credits is not None:
            base = self.text_credits
        has_texture = textures or not self.has_textures
        return (
            base
            + (self.texture_credits if has_texture else 0)
            + (self.pbr_credits if pbr and has_texture and self.has_pbr else 0)
            + (self.views_credits if view_count > 1 else 0)
        )


ENGINES: Final[Mapping[ModelId, Engine]] = MappingProxyType(
    {
        engine.id: engine
        for engine in (
            Engine(
                id=ModelId.TRELLIS_2,
                label="TRELLIS.2",
                hint="Quick and cheap, from one picture: the one to start with",
                path="/v1/3d-models/trellis2/generate/",
                sizes=MappingProxyType({}),
                seconds=(60, 180),
                credits_per_image=10,
                # 10 was charged for 1024 without textures, 50 is the documented maximum: the rest is a guess.
                credits_by_resolution=MappingProxyType({"512": 10, "1024": 10, "1536": 30}),
                texture_credits=20,
                has_pbr=False,  # they come with the textures
                faces=(1000, 16_000_000),
                default_faces=100_000,
                has_seed=True,
                max_images=1,
                max_sources=1,
                max_side=2048,
                backdrop=Backdrop.CUT,
                gives=(".glb",),
            ),
            Engine(
                id=ModelId.HUNYUAN_PRO,
                label="Hunyuan Pro",
                hint="Best quality, and takes several views. Slower and dearer",
                path="/v1/3d-models/tencent/generate/pro/",
                sizes=MappingProxyType({}),
                seconds=(180, 360),
                credits_per_image=60,
                pbr_credits=20,
                views_credits=20,
                has_textures=False,
                faces=(40_000, 1_500_000),
                default_faces=100_000,
                max_images=1,
                max_sources=4,
                takes_text=True,
                backdrop=Backdrop.WHITE,
                gives=(".glb", ".zip"),
                fixed_fields=MappingProxyType({"model": "3.1"}),
            ),
            Engine(
                id=ModelId.HUNYUAN_RAPID,
                label="Hunyuan Rapid",
                hint="The fastest, for props and drafts",
                path="/v1/3d-models/tencent/generate/rapid/",
                sizes=MappingProxyType({}),
                seconds=(30, 120),
                credits_per_image=35,
                pbr_credits=20,
                has_textures=False,
                max_images=1,
                max_sources=1,
                takes_text=True,
                most_prompt=200,  # the provider's; the vendor's page says 1024
                backdrop=Backdrop.WHITE,
                gives=(".zip",),
            ),
            Engine(
                id=ModelId.TRIPO,
                label="Tripo",
                hint="Clean meshes with few faces",
                path="/v1/3d-models/tripo/image-to-3d/3.1/",
                sizes=MappingProxyType({}),
                seconds=(90, 300),
                credits_per_image=40,
                text_credits=20,
                texture_credits=20,
                has_pbr=False,  # they come with the textures
                faces=(500, 500_000),
                default_faces=100_000,
                max_images=1,
                max_sources=4,
                takes_text=True,
                backdrop=Backdrop.WHITE,
                gives=(".glb",),
                paths=MappingProxyType(
                    {
                        "text": "/v1/3d-models/tripo/text-to-3d/3.1/",
                        "views": "/v1/3d-models/tripo/multiview-to-3d/3.1/",
                    }
                ),
                turn=-90.0,  # its front is +X
                generator="tripo3d.ai",
            ),
        )
    }
)


def engine_of_file(generator: str) -> Engine | None:
    """Return the engine whose files have that generator; None if none is known."""
    known = (engine for engine in ENGINES.values() if engine.generator)
    return next((engine for engine in known if engine.generator in generator.lower()), None)


DEFAULT_ENGINE: Final = ModelId.TRELLIS_2

VIEWS: Final = tuple(View)
"""In the order in which the service counts them; the first is always needed."""
