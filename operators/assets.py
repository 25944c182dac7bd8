# SPDX-License-Identifier: GPL-3.0-or-later
"""Mark the material of an image as an asset, with the facts about the image. Only when the artist asks."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
from bpy.props import IntProperty, StringProperty

from ..jobs.asset_files import plain_catalogue
from ..jobs.local_edit import LocalEdit
from ..jobs.told_others import keywords_of
from ..scene import settings
from ..scene.history.lineage import original_of
from ..scene.placement.images import find_result
from ..scene.placement.reused import INDEX_KEY, JOB_KEY, recipe_in
from ..scene.session import assets, pump, session
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from .library import WaitingVerb
from .verb import Outcome


def _libraries(_self: object, _context: bpy.types.Context, text: str) -> Iterator[str]:
    yield from (name for name in settings.asset_libraries() if text.casefold() in name.casefold())


class EASEL_OT_mark_asset(WaitingVerb, bpy.types.Operator):
    """Make the material that uses this image an asset, with a preview, and the prompt's words as tags"""

    bl_idname = "easel.mark_asset"
    bl_label = "Mark as Asset"
    bl_options = {"INTERNAL"}

    job_id: StringProperty(options={"SKIP_SAVE", "HIDDEN"})
    picture: IntProperty(options={"SKIP_SAVE", "HIDDEN"})  # from 1; 0 is the chosen one
    material: StringProperty(
        name="Material",
        description="Its name in this file; empty means the material that uses the chosen image",
        options={"SKIP_SAVE"},
    )
    library: StringProperty(
        name="Asset Library",
        description="Where to: a library of Blender's preferences. Empty: this file",
        search=_libraries,
    )
    catalog: StringProperty(
        name="Catalog",
        description="Its path, such as “Easel/Walls”; made if missing",
        default="Easel",
    )
    author: StringProperty(name="Author", description="Who is named as its author")
    license: StringProperty(name="License", description="Its license, such as “CC0”")
    tags: StringProperty(
        name="Tags",
        description="Words separated by commas; empty uses those of the prompt",
        options={"SKIP_SAVE"},
    )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        try:
            material, image = self._found(context)
        except Refusal as refusal:
            return self.refuse(refusal)
        self.material = material.name
        self.tags = ", ".join(keywords_of(_prompt_of(image)))
        return context.window_manager.invoke_props_dialog(self, width=340)

    def act(self, context: bpy.types.Context) -> Outcome:
        material, image = self._found(context)
        libraries = settings.asset_libraries()
        if self.library and self.library not in libraries:
            raise Refusal(
                phrase("There is no asset library “{library}” in the preferences.", library=self.library)
            )
        prompt = _prompt_of(image)
        tags = tuple(filter(None, (" ".join(tag.split()) for tag in self.tags.split(","))))
        wanted = assets.Wanted(
            material=material.name,
            library=Path(libraries[self.library]) if self.library else None,
            catalogue=plain_catalogue(self.catalog),
            author=self.author,
            license=self.license,
            description=prompt,
            tags=tags or keywords_of(prompt),
            pictures=_pictures_of(image),
        )
        work = assets.begin(wanted, tells=not self.wait)
        if not self.wait:
            pump.wake()
            return None
        self.pump_until(lambda: work.is_over)
        if not work.is_whole:
            raise Refusal(work.text)
        return self.tell(work.text)

    def _found(self, context: bpy.types.Context) -> tuple[bpy.types.Material, bpy.types.Image | None]:
        """The material that is meant, and the image that it is about. Raises Refusal."""
        if self.material:
            material = bpy.data.materials.get(self.material)
            if material is None:
                raise Refusal(
                    phrase("There is no material “{material}” in this file.", material=self.material)
                )
            images = assets.images_of(material)
            images += [first for image in images if (first := original_of(image)) is not None]
            asked = next((each for each in images if _is_of_service(each)), None)
            return material, asked or next(iter(images), None)
        shown = context.window_manager.easel
        row = shown.jobs.get(self.job_id) if self.job_id else shown.selected_job
        image = find_result(row.name, (self.picture or row.picture) - 1) if row is not None else None
        users = bpy.data.user_map(subset={image}).get(image, ()) if image is not None else ()
        materials = sorted(
            (user for user in users if isinstance(user, bpy.types.Material)), key=lambda it: it.name
        )
        if image is None or not materials:
            raise Refusal(phrase("No material uses this image: place it as a texture first."))
        obj: Any = context.object
        active = obj.active_material if obj is not None else None
        return active if active in materials else materials[0], image


def _prompt_of(image: bpy.types.Image | None) -> str:
    recipe = recipe_in(image) if image is not None else None
    if recipe is None:
        return image.name if image is not None else ""
    return recipe.request.written or recipe.request.prompt


def _is_of_service(image: bpy.types.Image) -> bool:
    recipe = recipe_in(image)
    return recipe is not None and not isinstance(recipe.request, LocalEdit)


def _pictures_of(image: bpy.types.Image | None) -> tuple[Path, ...]:
    """Files for the preview: the image's own, or the library's."""
    if image is None:
        return ()
    own = [] if image.packed_file is not None else [Path(bpy.path.abspath(image.filepath_raw))]
    engine = session.find_engine()
    job, index = image.get(JOB_KEY), image.get(INDEX_KEY)
    if engine is not None and isinstance(job, str) and isinstance(index, int):
        own.append(engine.library.thumbnail_path(job, index))
    return tuple(own)


CLASSES = (EASEL_OT_mark_asset,)
