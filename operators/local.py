# SPDX-License-Identifier: GPL-3.0-or-later
"""The base of verbs that make something of an image on this computer: free, and on a thread."""

import math
import time
from dataclasses import replace
from typing import Any

import bpy
from bpy.props import IntProperty, StringProperty

from ..imaging.snapshot import released_on_failure
from ..jobs.local_edit import LocalEdit, TilingWork, base_of, local_edit
from ..jobs.placement import Placement
from ..scene.placement.local_edits import look_of_edit
from ..scene.project import made_here
from ..scene.refs import image_by_uid, reference
from ..scene.session import pump, session, works
from ..scene.session.at_hand import texture_at_hand
from ..scene.sources.one_picture import one_picture
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from .parameters import SKIP_SAVE, timeout_property, wait_property
from .verb import Outcome, Verb


class ImageVerb(Verb):
    """A verb about one image: the named one, or the one that is shown."""

    image: StringProperty(
        name="Image",
        description="Name of the image; empty for the one in the editor, or of the active object",
        options=SKIP_SAVE,
    )
    session_uid: IntProperty(options={"SKIP_SAVE", "HIDDEN"})
    """The image's uid, given by panels."""

    def find_image(self: Any, context: bpy.types.Context) -> bpy.types.Image:
        """Return the image that is meant. Raises Refusal."""
        if self.image:
            image = bpy.data.images.get(self.image)
            if image is None:
                raise Refusal(phrase("There is no image “{image}” in this file.", image=self.image))
            return image
        image = image_by_uid(self.session_uid) if self.session_uid else texture_at_hand(context)
        if image is None:
            raise Refusal(
                phrase("Select an object that shows a texture, or open an image in the Image Editor.")
            )
        return image


class LocalVerb(ImageVerb):
    """A verb whose work is done by a thread of this computer, and placed when it is done."""

    wait: wait_property("Return when it is done, for scripts. Blender does not respond meanwhile")
    timeout: timeout_property()

    def act(self: Any, context: bpy.types.Context) -> Outcome:
        image = self.find_image(context)
        if doing := works.what_is_made_of(image):
            raise Refusal(phrase("{doing}: wait until it is done.", doing=doing))
        work, title, doing = self.plan(context, image)
        return self.begin(context, image, work, title, doing)

    def plan(self, context: bpy.types.Context, image: bpy.types.Image) -> tuple[TilingWork, str, str]:
        """Return the work, its name in lists, and the text while it runs. Raises Refusal."""
        raise NotImplementedError

    def placement(self, context: bpy.types.Context, image: bpy.types.Image, request: LocalEdit) -> Placement:
        """Say what happens to the result. Raises Refusal."""
        raise NotImplementedError

    def begin(
        self: Any,
        context: bpy.types.Context,
        image: bpy.types.Image,
        work: TilingWork,
        title: str,
        doing: str,
    ) -> Outcome:
        """Begin. If a script waits, see it through."""
        ends_at = time.monotonic() + self.timeout if self.timeout else math.inf
        request = request_for(image, title, work)
        placement = replace(
            made_here(self.placement(context, image, request)),
            session=session.session_id(),
            scene=reference(context.scene),
        )
        taken = one_picture(image, context.scene)
        with released_on_failure([taken]):
            placement = replace(placement, look=look_of_edit(image, taken))
            begun = session.engine().workshop.begin(
                request, placement, taken, title=doing, tells=not self.wait
            )
        pump.adopt(session.engine())
        works.note(begun, image, doing)
        pump.show_now()
        if self.wait:
            pump.run_until_made(begun, ends_at)
        return None


def request_for(image: bpy.types.Image, title: str, work: TilingWork) -> LocalEdit:
    """Make the request for work on an image."""
    return local_edit(
        image.name,
        base_of(image.name),
        title,
        work,
        holds_data=image.source != "VIEWER" and image.colorspace_settings.is_data,
        alpha_mode=image.alpha_mode,
    )
