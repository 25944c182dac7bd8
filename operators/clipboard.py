# SPDX-License-Identifier: GPL-3.0-or-later
"""The image on the clipboard as a source.

Blender reads images from the clipboard on Windows, macOS and Wayland, but not on X11. There Easel uses the
tool `xclip`, if it is installed. Meanwhile Blender goes on, since the program that holds the image may be
slow, and may be this Blender.
"""

import functools
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import bpy

from ..imaging.files import temporary_folder
from ..scene.listing.form_sources import add_image
from ..scene.pictures.packing import name_packed
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from .verb import Verb

TOOL = "xclip"
PERIOD_S = 0.05
PATIENCE_S = 10.0
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


class EASEL_OT_add_clipboard(Verb, bpy.types.Operator):
    """Add the image that is on the clipboard, as an image of this file"""

    bl_idname = "easel.add_clipboard"
    bl_label = "Clipboard"
    bl_options = {"UNDO", "INTERNAL"}

    _tool: subprocess.Popen[bytes] | None = None
    _timer: bpy.types.Timer | None = None
    _ends_at = 0.0  # monotonic

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        if not bpy.app.background and (_has_clipboard_image() or _find_tool()):
            return ""
        if sys.platform == "linux" and "WAYLAND_DISPLAY" not in os.environ:
            return phrase("On X11 this needs the program {program}; or add the image as a file", program=TOOL)
        return phrase("There is no image on the clipboard")

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if _has_clipboard_image():
            return self.execute(context)
        try:
            path = _path()
            path.unlink(missing_ok=True)
            with path.open("wb") as file:
                self._tool = subprocess.Popen(  # noqa: S603 (a fixed command)
                    [_find_tool(), "-selection", "clipboard", "-target", "image/png", "-out"],
                    stdin=subprocess.DEVNULL,
                    stdout=file,
                    stderr=subprocess.DEVNULL,
                )
        except OSError as error:
            return self.refuse(error)
        self._ends_at = time.monotonic() + PATIENCE_S
        self._timer = context.window_manager.event_timer_add(PERIOD_S, window=context.window)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        if self._tool.poll() is None and time.monotonic() < self._ends_at:
            return {"PASS_THROUGH"}
        has_answered = self._tool.poll() is not None
        self.cancel(context)
        path = _path()
        try:
            if not has_answered:
                return self.refuse(phrase("The clipboard's image can't be read"))
            if not _is_png(path):
                return self.refuse(phrase("There is no image on the clipboard"), "WARNING")
            add_image(context.scene.easel, _packed(path))
        except OSError as error:  # its folder was cleared away
            return self.refuse(error)
        finally:
            path.unlink(missing_ok=True)
        return {"FINISHED"}

    def act(self, context: bpy.types.Context) -> None:
        before = {image.session_uid for image in bpy.data.images}
        bpy.ops.image.clipboard_paste()
        image = next((image for image in bpy.data.images if image.session_uid not in before), None)
        if image is None:
            raise Refusal(phrase("The clipboard's image can't be read"))
        add_image(context.scene.easel, image)

    def cancel(self, context: bpy.types.Context) -> None:
        context.window_manager.event_timer_remove(self._timer)
        if self._tool.poll() is None:
            self._tool.kill()
            self._tool.wait()


def _has_clipboard_image() -> bool:
    paste: Any = bpy.ops.image.clipboard_paste
    return paste.poll()


@functools.cache
def _find_tool() -> str:
    """Return the path of the tool, or nothing. Looked up once, because panels ask at each draw."""
    return (shutil.which(TOOL) or "") if "DISPLAY" in os.environ else ""


def _path() -> Path:
    return temporary_folder(Path(bpy.app.tempdir)) / "easel-clipboard.png"


def _is_png(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(PNG_SIGNATURE)) == PNG_SIGNATURE


def _packed(path: Path) -> bpy.types.Image:
    """Make an image of this file from a PNG file. It keeps the file's bytes and no path of this computer."""
    image = bpy.data.images.load(str(path))
    image.name = "Clipboard"
    image.pack()
    name_packed(image, "clipboard.png")
    return image


CLASSES = (EASEL_OT_add_clipboard,)
