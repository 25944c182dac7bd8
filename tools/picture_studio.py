# SPDX-License-Identifier: GPL-3.0-or-later
"""Windows for the pictures: of a new artist and of one with a key; and helpers that scenes share."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from artist import Artist
from driver import BlenderWindow
from launcher import Launcher, install

from easel.simulator import Simulator

ROOT = Path(__file__).resolve().parents[1]
MIRROR = "bpy.context.window_manager.easel"
TALL = (1300, 1750)  # pixels: a window that shows all panels, even at interface scale 1.5
WIDE = (1440, 960)
SQUARE = (1180, 1010)
COPPER = "Rusty copper with verdigris"
OWN_BACKGROUND = "bpy.context.preferences.system.use_region_overlap = False"
"""With it, the end of a sidebar's panels can be found."""


class Studio:
    """Opens windows on separate profiles, all with the built extension."""

    def __init__(self, launcher: Launcher, folder: Path) -> None:
        self.launcher = launcher
        self.folder = folder
        self._installed = install(launcher, ROOT / "dist", folder)

    @contextmanager
    def newcomer(self) -> Iterator[Artist]:
        """Open a window of an artist who has just installed Easel and has no key."""
        profile = self._profile("newcomer")
        with BlenderWindow(self.launcher, profile, size=TALL) as blender:
            blender.run(OWN_BACKGROUND)
            yield Artist(blender, profile)

    @contextmanager
    def regular(self, name: str, size: tuple[int, int]) -> Iterator[tuple[Artist, Simulator]]:
        """Open a window of an artist with a key and credits."""
        profile = self._profile(name)
        library = profile / "library"
        with Simulator(speed=20, rate_limit=None) as service:
            env = {
                "EASEL_API_URL": service.url,
                "EASEL_API_KEY": "key-for-the-pictures-0123456789",
                "EASEL_LIBRARY": self.launcher.inside(library),
            }
            with BlenderWindow(self.launcher, profile, env=env, size=size) as blender:
                if size == TALL:
                    blender.run(OWN_BACKGROUND)
                artist = Artist(blender, library)
                artist.show_panels()
                yield artist, service

    def _profile(self, name: str) -> Path:
        return Path(shutil.copytree(self._installed, self.folder / name))


def set_mode(blender: BlenderWindow, mode: str) -> None:
    """Switch the active object to another mode."""
    blender.run(f"""
with bpy.context.temp_override(window=window(), area=area("VIEW_3D"), region=region("VIEW_3D", "WINDOW")):
    bpy.ops.object.mode_set(mode={mode!r})
""")


def show_editor(blender: BlenderWindow, kind: str, image: str = "") -> None:
    """Turn the largest area into an Image Editor with an image, or a Shader Editor, at Easel's tab."""
    blender.run(f"""
tall = max(window().screen.areas, key=lambda found: found.width * found.height)
tall.ui_type = {kind.replace("NODE_EDITOR", "ShaderNodeTree")!r}
if tall.type == "IMAGE_EDITOR":
    tall.spaces.active.image = bpy.data.images[{image!r}]
""")
    blender.show_sidebar(kind, "Easel")


def make_copper(artist: Artist) -> None:
    """Generate the texture of most pictures, on the cube."""
    artist.choose(placement="TEXTURE", prompt=COPPER)
    artist.blender.run("bpy.ops.easel.generate()")
    artist.wait_until_placed()
