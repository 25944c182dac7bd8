# SPDX-License-Identifier: GPL-3.0-or-later
"""Few clicks lead from a new install to the first image seen on the cube."""

from collections.abc import Callable
from pathlib import Path

import pytest
from artist import EXTENSION, SLOW, Artist
from driver import BlenderWindow

MIRROR = "bpy.context.window_manager.easel"
VIEW = "area('VIEW_3D').spaces.active"
FORM = "bpy.context.scene.easel"
SIDEBAR = "region('VIEW_3D')"
MAX_CLICKS = 6
SEEN_AFTER = 5
THUMBNAIL = (
    f"__import__('sys').modules['{EXTENSION}.scene.listing.result_thumbnails']"
    f".icon_of({MIRROR}.jobs[0].name, 1)"
)
PROMPT = "Green glass"
SOCKET = "bpy.data.objects['Cube'].active_material.node_tree.nodes['Principled BSDF'].inputs['Base Color']"
READ_REPORTS = """
info = area("OUTLINER")
info.type = "INFO"
with bpy.context.temp_override(window=window(), area=info, region=info.regions[-1]):
    bpy.ops.info.select_all(action="SELECT")
    bpy.ops.info.report_copy()
result = bpy.context.window_manager.clipboard
info.type = "OUTLINER"
"""


class Beginner:
    """A beginner whose clicks are counted; looking for things and typing are free."""

    def __init__(self, artist: Artist) -> None:
        self.artist = artist
        self.blender = artist.blender
        self.clicks: list[str] = []

    def click(self, what: str, x: int, y: int) -> None:
        """Click, and count the click. All other methods click through this one."""
        self.clicks.append(what)
        self.blender.click(x, y)

    def click_button(self, operator: str) -> None:
        """Click one of Easel's buttons."""
        self.click(operator, *self.blender.find_widget(f"bpy.ops.easel.{operator}"))

    def click_tab(self) -> None:
        """Find Easel's tab at the edge of the sidebar, and click it."""
        blender = self.blender
        x, y, width, height = blender.get(f"(lambda r: (r.x, r.y, r.width, r.height))({SIDEBAR})")
        first = blender.get(f"{SIDEBAR}.active_panel_category")
        found = []
        for row in range(y + height - 20, y, -15):
            blender.click(x + width - 8, row)  # this is looking, like an artist who reads the tabs
            if blender.get(f"{SIDEBAR}.active_panel_category") == "Easel":
                found.append(row)
            if len(found) == 3:  # 15 pixels apart, so the middle one is inside the tab
                break
        assert found, "no tab of Easel's"
        blender.run(f"{SIDEBAR}.active_panel_category = {first!r}")
        self.click("the tab", x + width - 8, found[1])
        blender.wait(f"{SIDEBAR}.active_panel_category == 'Easel'")

    def choose_texture(self) -> None:
        """Open "When Finished", and click the second choice in the list below it."""
        x, y = self.blender.find_widget("easel.placement")
        self.click("When Finished", x, y)
        self.blender.screenshot("first-clicks-2-choose")
        row = 22  # pixels: the height of a choice
        self.click("Texture", x, y - 2 * row)
        self.blender.wait(f"{FORM}.placement == 'TEXTURE'", SLOW)


@pytest.mark.smoke
def test_the_first_image_on_the_cube_takes_six_clicks(
    open_blender: Callable[..., BlenderWindow], profile: Path
) -> None:
    blender = open_blender()
    artist = Artist(blender, profile / "extensions" / ".user" / "user_default" / "easel" / "library")
    beginner = Beginner(artist)
    artist.press_in_view("N")
    blender.wait(f"{SIDEBAR}.width > 1 and {SIDEBAR}.active_panel_category != 'UNSUPPORTED'", SLOW)
    beginner.click_tab()
    blender.wait(f"{MIRROR}.obstacle in ('ONLINE_ACCESS', 'KEY')", SLOW)
    artist.move_to_view()
    blender.screenshot("first-clicks-1-missing")
    blender.run(f"bpy.context.preferences.addons[{EXTENSION!r}].preferences.simulator_speed = 20")

    beginner.click_button("start_simulator")
    blender.wait(f"{MIRROR}.is_simulator and {MIRROR}.has_balance", SLOW)
    artist.write_prompt(PROMPT)  # this one prompt, with the click into its field
    beginner.choose_texture()
    beginner.click_button("generate")
    artist.wait_until_placed()
    blender.wait(THUMBNAIL, SLOW)
    assert len(beginner.clicks) <= SEEN_AFTER, "the first image is seen in the panel Result"
    assert blender.get(f"[link.from_node.image.name for link in {SOCKET}.links]") == [PROMPT]

    # Solid shading does not show the placed image; Easel says so, and switches nothing by itself.
    assert blender.get(f"{VIEW}.shading.type") == "SOLID"
    assert blender.get(f"{VIEW}.shading.color_type") != "TEXTURE"
    blender.wait(f"{MIRROR}.whereabouts == 'Image “{PROMPT}”'", SLOW)
    artist.move_to_view()
    blender.screenshot("first-clicks-3-placed")
    assert PROMPT + ": Base colour of Cube" in blender.run(READ_REPORTS)
    beginner.click_button("show_textures")
    blender.wait(f"{VIEW}.shading.color_type == 'TEXTURE'", SLOW)
    artist.move_to_view()
    blender.screenshot("first-clicks-4-seen")
    assert len(beginner.clicks) <= MAX_CLICKS, beginner.clicks

    # Undo leaves the image in the file, and Easel's note stays until the image is gone.
    artist.press_in_view("Z", ctrl=True)
    image = "next((image for image in bpy.data.images if image.get('easel_job')), None)"
    blender.wait(f"(lambda it: it and it.use_fake_user)({image})", SLOW)
    assert blender.get(f"{MIRROR}.whereabouts") != ""
    blender.run(f"bpy.data.images.remove({image})")
    blender.wait(f"{MIRROR}.whereabouts == ''", SLOW)
    assert blender.quit()[0] == 0, blender.log()
    assert "Traceback" not in blender.log()
