# SPDX-License-Identifier: GPL-3.0-or-later
"""The one ordered list of what Easel registers.

The order is: property groups, leaves first; preferences; operators; lists and menus; panels, parents first;
pointers on `Scene`, `WindowManager` and images; handlers; languages; shortcuts; what is drawn over Image
Editors; the log; the command line; timers. `unregister` goes the other way, from what may still run to what
it needs. Before all of it the session is made in which Easel remembers (`scene.live`), and after all of it
dropped.
"""

import contextlib
from collections.abc import Callable
from typing import Any

import bpy
from bpy.app.handlers import persistent
from bpy.props import PointerProperty

from . import commands, keymaps, languages, operators, panels, preferences
from .operators import menus
from .panels import view_menu
from .properties import (
    batch,
    edit,
    form,
    gallery,
    mask,
    mirror,
    model_form,
    models,
    options,
    paint_form,
    prompts,
    references,
    texture_form,
    tiling,
    ways,
)
from .scene import live, logs
from .scene.comparison import drawing, pictures
from .scene.listing import result_thumbnails, thumbnails
from .scene.masks import mask_overlay
from .scene.painting import stencil
from .scene.session import leaving, previews, pump, session, undone
from .scene.sources import layer_choice, never_upload
from .scene.windows import parting_lines, repeated_overlay, tab, unseen_overlay

CLASSES: tuple[type, ...] = (
    *options.CLASSES,
    *prompts.CLASSES,
    *mask.CLASSES,
    *ways.CLASSES,
    *tiling.CLASSES,
    *model_form.CLASSES,
    *texture_form.CLASSES,
    *paint_form.CLASSES,
    *form.CLASSES,
    *gallery.CLASSES,
    *batch.CLASSES,
    *mirror.CLASSES,
    *edit.CLASSES,
    *references.CLASSES,
    *models.CLASSES,
    *preferences.CLASSES,
    *operators.CLASSES,
    *panels.CLASSES,
)

_registered: list[type] = []


def register() -> None:
    """Register everything, in order; does nothing for what already is."""
    live.begin()
    for cls in CLASSES:
        if cls not in _registered:
            languages.speak(cls)
            bpy.utils.register_class(cls)
            _registered.append(cls)
    bpy.types.Scene.easel = PointerProperty(type=form.EASEL_PG_form)
    bpy.types.WindowManager.easel = PointerProperty(type=mirror.EASEL_PG_mirror)
    edit.register()
    references.register()
    models.register()
    never_upload.register()
    layer_choice.register()
    menus.register()
    if _on_load not in bpy.app.handlers.load_post:
        bpy.app.handlers.load_post.append(_on_load)
    for handlers, handler in _handlers():
        if handler not in handlers:
            handlers.append(handler)
    languages.register()
    keymaps.register()
    view_menu.register()
    mask_overlay.start()
    drawing.start()
    logs.start()
    commands.register()
    pump.start()


def unregister() -> None:
    """Stop and unregister everything; does nothing the second time.

    Every step is done whatever an earlier one raises, which is raised at the end: what is left behind would
    crash Blender, or keep the jobs from the next one.
    """
    if not live.has_begun():
        return
    steps = (
        commands.unregister,
        leaving.tell,
        previews.end,  # it would be nobody's, and blank in the next Blender
        pump.stop,
        thumbnails.stop,
        result_thumbnails.stop,
        session.stop,
        tab.stop,
        logs.stop,
        mask_overlay.stop,
        drawing.stop,
        pictures.stop,
        parting_lines.end,
        unseen_overlay.end,
        repeated_overlay.end,
        view_menu.unregister,
        keymaps.unregister,
        languages.unregister,
        _unregister_handlers,
        menus.unregister,
        layer_choice.unregister,
        never_upload.unregister,
        models.unregister,
        references.unregister,
        edit.unregister,
        _unregister_pointers,
        _unregister_classes,
        live.end,
    )
    with contextlib.ExitStack() as stack:
        for step in reversed(steps):
            stack.callback(step)


def _unregister_handlers() -> None:
    if _on_load in bpy.app.handlers.load_post:
        bpy.app.handlers.load_post.remove(_on_load)
    for handlers, handler in _handlers():
        if handler in handlers:
            handlers.remove(handler)


def _unregister_pointers() -> None:
    for owner in (bpy.types.WindowManager, bpy.types.Scene):
        if hasattr(owner, "easel"):
            del owner.easel


def _unregister_classes() -> None:
    while _registered:
        bpy.utils.unregister_class(_registered.pop())


@persistent
def _on_load(_path: str) -> None:
    session.renew_id()
    pump.file_loaded()


def _handlers() -> tuple[tuple[list[Any], Callable[..., None]], ...]:
    known = bpy.app.handlers
    return (
        (known.undo_pre, _before_undo),
        (known.undo_post, _on_undo),
        (known.redo_pre, _before_redo),
        (known.redo_post, _on_redo),
        (known.save_pre, _before_save),
        (known.render_init, _before_render),
    )


@persistent
def _before_undo(*_about: object) -> None:
    undone.before_undo()


@persistent
def _on_undo(*_about: object) -> None:
    if undone.after_undo():  # first of all: whatever becomes of the rest, no paid image is missing
        pump.wake()
    stencil.lift_lost_stencils()


@persistent
def _before_redo(*_about: object) -> None:
    undone.before_redo()


@persistent
def _on_redo(*_about: object) -> None:
    if undone.after_redo():
        pump.wake()


@persistent
def _before_render(*_about: object) -> None:
    previews.before_render()


@persistent
def _before_save(*_about: object) -> None:
    previews.end()  # what is only shown meanwhile is not saved
    undone.before_save()
