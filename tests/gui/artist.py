# SPDX-License-Identifier: GPL-3.0-or-later
"""Play an artist at Easel's panels: use the mouse and keyboard, and look at the screen."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean
from typing import Any

from driver import BlenderWindow
from PIL import Image

JOBS = "bpy.context.window_manager.easel.jobs"
EXTENSION = "bl_ext.user_default.easel"
SLOW = 180.0  # s; a slow machine may take so long for the work of a second, or to compile shaders
OVER_VIEW = (
    "bpy.context.temp_override(window=window(), area=area('VIEW_3D'), region=region('VIEW_3D', 'WINDOW'))"
)

# Find where the 3D View shows an object left of the sidebar: points (x and y in the window, u, v).
LOOK = """
from bpy_extras import view3d_utils
from mathutils.interpolate import poly_3d_calc

def look(name, step=8):
    main, sidebar = region("VIEW_3D", "WINDOW"), region("VIEW_3D", "UI")
    space = area("VIEW_3D").spaces.active.region_3d
    graph = bpy.context.evaluated_depsgraph_get()
    seen = []
    for x in range(0, sidebar.x - main.x, step):
        for y in range(0, main.height, step):
            origin = view3d_utils.region_2d_to_origin_3d(main, space, (x, y))
            direction = view3d_utils.region_2d_to_vector_3d(main, space, (x, y))
            hit, place, _normal, face, obj, _matrix = bpy.context.scene.ray_cast(graph, origin, direction)
            if not hit or obj.name != name:
                continue
            mesh = obj.data
            polygon = mesh.polygons[face]
            corners = [mesh.vertices[index].co for index in polygon.vertices]
            weights = poly_3d_calc(corners, obj.matrix_world.inverted() @ place)
            uvs = [mesh.uv_layers.active.data[index].uv for index in polygon.loop_indices]
            u, v = (sum(weight * uv[axis] for weight, uv in zip(weights, uvs)) for axis in (0, 1))
            seen.append((main.x + x, main.y + y, u, v))
    return seen
"""


class Artist:
    """One Blender window with Easel. `library` is the path of the library folder in this process."""

    def __init__(self, blender: BlenderWindow, library: Path) -> None:
        self.blender = blender
        self.library = library

    # At the panels

    def show_panels(self) -> None:
        """Open the sidebar at Easel's tab, and wait for the service's first answer."""
        self.blender.show_sidebar("VIEW_3D", "Easel")
        self.blender.wait("bpy.context.window_manager.easel.has_balance", timeout=SLOW)

    def choose(self, **values: object) -> None:
        """Set fields of the form without their widgets, which the test is not about."""
        for name, value in values.items():
            self.blender.run(f"bpy.context.scene.easel.{name} = {value!r}")
        self.blender.run("region('VIEW_3D').tag_redraw()")

    def write_prompt(self, text: str, of: str = "prompt") -> None:
        """Type into the prompt field of images, or of edits (edit_prompt)."""
        self.blender.click(*self.blender.find_widget(f"easel.{of}"))
        self.blender.type_text(text)
        self.blender.key("RET", ctrl=True)
        self.blender.wait(f"bpy.context.scene.easel.{of} == {text!r}")

    def click(self, operator: str) -> None:
        """Click the button of one of Easel's operators, such as "generate"."""
        self.blender.click(*self.blender.find_widget(f"bpy.ops.easel.{operator}"))

    def open_mask_panel(self, area: str) -> None:
        """Click the title of an editor's sub-panel "Mask", which is above the choice of the model."""
        x, y = self.blender.find_widget("easel.model", area=area)
        for rise in (26, 34, 20, 42):
            self.blender.click(x, y + rise)
            self.blender.run(f"area({area!r}).tag_redraw()")
            with contextlib.suppress(LookupError):
                self.blender.find_widget("easel.mask.kind", area=area)
                return
        raise AssertionError("the sub-panel does not open")

    def at_uv(self, u: float, v: float) -> tuple[int, int]:
        """Return the place in the window of a UV of the Image Editor's picture."""
        x, y = self.blender.get(
            f"(lambda r, place: [r.x + place[0], r.y + place[1]])(region('IMAGE_EDITOR', 'WINDOW'),"
            f" region('IMAGE_EDITOR', 'WINDOW').view2d.view_to_region({u!r}, {v!r}, clip=False))"
        )
        return round(x), round(y)

    def move_to_view(self) -> None:
        """Move the mouse to the left of the 3D View: it covers nothing there and opens no tooltip."""
        x, y, width, height = self.blender.get(
            "(lambda r: (r.x, r.y, r.width, r.height))(region('VIEW_3D', 'WINDOW'))"
        )
        self.blender.move(x + width // 5, y + height // 5)

    def press_in_view(self, name: str, **modifiers: bool) -> None:
        """Press a key with the mouse in the 3D View."""
        self.move_to_view()
        self.blender.key(name, **modifiers)

    def ensure_brush(self) -> None:
        """Make a brush if Texture Paint mode has none: Debian's Blender 4.3 lacks the essential assets."""
        drawn = self.blender.get("draw_count()")
        self.blender.run("area('VIEW_3D').tag_redraw()")
        self.blender.wait(f"draw_count() > {drawn}", SLOW)  # before that, Blender looks for its default brush
        self.blender.run("""
painting = bpy.context.tool_settings.image_paint
if painting.brush is None:
    painting.brush = bpy.data.brushes.new("Own", mode="TEXTURE_PAINT")
""")

    # At the list of jobs

    def job(self) -> dict[str, Any]:
        """Return what the list shows of its newest job."""
        names = ("name", "state", "message", "remedy", "task_id", "image_count", "is_followed", "is_placed")
        return self.blender.get(f"{{name: getattr({JOBS}[0], name) for name in {names}}}")

    def wait_for_state(self, state: str, timeout: float = SLOW) -> None:
        """Wait until the newest job is in a state."""
        self.blender.wait(f"len({JOBS}) and {JOBS}[0].state == {state!r}", timeout)

    def wait_until_placed(self) -> None:
        """Wait until the newest job's images are in the file."""
        self.blender.wait(f"len({JOBS}) and {JOBS}[0].is_placed", SLOW)

    def result_file(self) -> Path:
        """Return the path of the one image in the library."""
        (path,) = self.library.glob("images/*/*")
        return path

    # At the picture

    def show_alone(self, name: str, *, shading: str) -> None:
        """Frame an object in the 3D View with its texture, and hide overlays and gizmos."""
        self.blender.run(f"""
space = area("VIEW_3D").spaces.active
space.overlay.show_overlays = space.show_gizmo = False
space.shading.type = {shading!r}
space.shading.light = "FLAT"
space.shading.color_type = "TEXTURE"
bpy.context.scene.eevee.taa_samples = 16  # EEVEE dithers what may be transparent over its samples
for obj in bpy.context.view_layer.objects:
    obj.select_set(obj.name == {name!r})
bpy.context.view_layer.objects.active = bpy.data.objects[{name!r}]
with bpy.context.temp_override(window=window(), area=area("VIEW_3D"), region=region("VIEW_3D", "WINDOW")):
    bpy.ops.view3d.view_selected(use_all_regions=True)
""")

    def wait_until_seen(self, name: str, image: Image.Image, screenshot: str, tolerance: float) -> float:
        """Wait until an object looks like an image; shaders compile and samples gather after the first frame.

        Returns:
            the last `difference`.
        """
        deadline = time.monotonic() + SLOW
        while (difference := self.difference(name, image, screenshot)) > tolerance:
            assert time.monotonic() < deadline, f"{name} is seen {difference:.0f} of 255 off"
            time.sleep(0.2)  # a look takes time that the shaders' compiler needs
        return difference

    def difference(self, name: str, image: Image.Image, screenshot: str) -> float:
        """Measure how far the look of an object is from an image that its UVs lay on it.

        Returns:
            the mean over points of the largest difference of red, green and blue: 0–255.
        """
        self.blender.run(LOOK)
        seen: list[tuple[float, float, float, float]] = self.blender.get(f"look({name!r}, 16)")
        assert len(seen) > 10, f"{name} is hardly in view"
        screen = Image.open(self.blender.screenshot(screenshot)).convert("RGB")
        left, below, width, height = self.blender.get(
            "(window().x, window().y, window().width, window().height)"
        )
        if screen.size == (width, height):  # a picture of the window alone
            left = below = 0
        return fmean(_differences(seen, screen, (left, below), image.convert("RGB")))


def _differences(
    seen: list[tuple[float, float, float, float]],
    screen: Image.Image,
    corner: tuple[int, int],
    image: Image.Image,
) -> Iterator[float]:
    for x, y, u, v in seen:
        shown = screen.getpixel((corner[0] + x, screen.height - 1 - corner[1] - y))
        wanted = image.getpixel(
            (min(int(u * image.width), image.width - 1), min(int((1 - v) * image.height), image.height - 1))
        )
        yield max(abs(a - b) for a, b in zip(shown, wanted, strict=True))
