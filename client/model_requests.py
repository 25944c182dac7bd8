# SPDX-License-Identifier: GPL-3.0-or-later
"""A request for a 3D model, and the body that each engine expects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..texts.phrases import phrase
from .body import picture_mark
from .engines import ENGINES, VIEWS, Engine, View
from .models import Model, ModelId
from .requests import EditRequest


def needs_picture_text(engine: Engine) -> str:
    """Return why no request is possible yet; without a final period."""
    if engine.takes_text:
        return phrase("Choose a picture, or write what the model should be")
    return phrase("Choose a picture: {engine} needs one", engine=engine.label)


@dataclass(frozen=True, kw_only=True)
class ModelRequest(EditRequest):
    """A 3D model from one picture, from several views of the same object, or from a prompt alone.

    With pictures the prompt is not sent: it is only the result's title.
    """

    views: tuple[str, ...] = ()
    """The view (`View`) that each source shows; empty: one picture."""
    textures: bool = True
    pbr: bool = True
    """Maps of roughness and metal, besides the colour."""
    faces: int = 0
    """The approximate number of triangles; 0: the engine's default."""

    @property
    def table(self) -> Mapping[ModelId, Model]:
        return ENGINES

    @property
    def engine(self) -> Engine:
        return ENGINES[self.model]

    @property
    def verb(self) -> str:
        return "model"

    @property
    def makes_model(self) -> bool:
        return True

    @property
    def promised(self) -> int:
        return 0  # one model is several files, and how many is not documented

    @property
    def least(self) -> int:
        return 0 if self.engine.takes_text else 1

    @property
    def path(self) -> str:
        kind = "text" if not self.sources else "views" if len(self.sources) > 1 else ""
        return self.engine.paths.get(kind, self.engine.path)

    @property
    def price(self) -> int:
        return self.engine.price_of(
            resolution=self.resolution,
            textures=self.textures,
            pbr=self.pbr,
            has_picture=bool(self.sources),
            view_count=len(self.sources),
        )

    def full_prompt(self) -> str:
        return "" if self.sources else self.prompt

    def own_problem(self) -> str:
        engine = self.engine
        if self.count != 1:
            return phrase("{model} makes one model at once.", model=engine.label)
        if not self.sources and not engine.takes_text:
            return phrase("{obstacle}.", obstacle=needs_picture_text(engine))
        if not self.sources and len(self.prompt) > engine.most_prompt:
            return phrase(
                "{model} takes prompts of {most} characters at most, not {count}.",
                model=engine.label,
                most=engine.most_prompt,
                count=len(self.prompt),
            )
        if self.faces and engine.faces is None:
            return phrase("{model} decides by itself how many faces it makes.", model=engine.label)
        if self.faces and engine.faces and not engine.faces[0] <= self.faces <= engine.faces[1]:
            least, most = engine.faces
            return phrase(
                "{model} makes {least:,} to {most:,} faces, not {count:,}.",
                model=engine.label,
                least=least,
                most=most,
                count=self.faces,
            )
        return self._views_problem()

    def fields(self) -> dict[str, Any]:
        """The JSON body, with marks in the places of the pictures."""
        body: dict[str, Any] = dict(self.engine.fixed_fields)
        if not self.sources:
            body["prompt"] = self.prompt
        faces = self.faces or self.engine.default_faces
        match self.model:
            case ModelId.TRELLIS_2:
                body["resolution"] = self.resolution or self.engine.default_resolution
                body["textures"] = self.textures  # False is the service's own default
                if self.textures:
                    body["texture_size"] = 2048
                body["decimation_target"] = faces
                if self.seed is not None:
                    body["seed"] = self.seed
                body["image"] = picture_mark(0)
            case ModelId.HUNYUAN_PRO:
                body["enable_pbr"] = self.pbr
                body["face_count"] = faces
                if len(self.sources) > 1:
                    body["multi_view_images"] = [
                        {"view_type": view, "view_image": picture_mark(index)}
                        for index, view in enumerate(self.views)
                    ]
                elif self.sources:
                    body["image"] = picture_mark(0)
            case ModelId.HUNYUAN_RAPID:
                body["enable_pbr"] = self.pbr
                if self.sources:
                    body["image"] = picture_mark(0)
            case _:
                body |= {"texture": self.textures, "pbr": self.pbr and self.textures, "face_limit": faces}
                if len(self.sources) > 1:
                    order = sorted(
                        range(len(self.views)), key=lambda index: VIEWS.index(View(self.views[index]))
                    )
                    body["images"] = [{"image": picture_mark(index)} for index in order]
                elif self.sources:
                    body["image"] = picture_mark(0)
        return body

    def _views_problem(self) -> str:
        if len(self.sources) < 2:
            return ""
        views = set(self.views)
        if len(self.views) != len(self.sources) or len(views) != len(self.views) or not views <= set(VIEWS):
            return phrase("Give each picture its view once: front, left, back or right.")
        return "" if View.FRONT in views else phrase("One of the pictures must be the front view.")
