# SPDX-License-Identifier: GPL-3.0-or-later
"""Take pictures of a studio's way: from the repository of `make repository` to an updated Easel."""

import time

import repository
from driver import BlenderWindow
from launcher import own_platform
from picture_frames import Box, box_of, take
from picture_studio import OWN_BACKGROUND, ROOT, Studio
from PIL import Image
from served_repository import in_version, served

SIZE = (1180, 620)
OLD, NEW = "0.1.0", "0.2.0"
SLOW_S = 60.0
REPOSITORY_ROW = 294  # pixels below the top of the preferences
LISTED = "area('PREFERENCES')"
GET_EXTENSIONS = f"""
preferences = bpy.context.preferences
preferences.system.use_online_access = True
repos = preferences.extensions.repos
repos.remove(repos[0])  # blender.org's: no internet is needed
preferences.active_section = "EXTENSIONS"
tall = area("VIEW_3D")
tall.type = "PREFERENCES"
{OWN_BACKGROUND}
"""
OVER_LIST = (
    "bpy.context.temp_override("
    "window=window(), area=area('PREFERENCES'), region=region('PREFERENCES', 'WINDOW'))"
)
INSTALLED = """
import pathlib, tomllib
def installed():
    for repo in bpy.context.preferences.extensions.repos:
        manifest = pathlib.Path(repo.directory, "easel", "blender_manifest.toml")
        is_enabled = any(name.endswith(".easel") for name in bpy.context.preferences.addons.keys())
        if is_enabled and manifest.is_file():
            return tomllib.loads(manifest.read_text("utf-8"))["version"]
"""

SHOW_DETAILS = """
repos = bpy.context.preferences.extensions.repos
index = next(number for number, repo in enumerate(repos) if repo.remote_url)
bpy.ops.extensions.package_show_set(pkg_id="easel", repo_index=index)
"""


def from_repository(studio: Studio) -> None:
    """Add a studio's repository, install Easel from it, and update it."""
    folder = studio.folder / "offered"
    profile = studio.folder / "of-a-studio"
    older, newer = studio.folder / "older", studio.folder / "newer"
    for made in (folder, profile, older, newer):
        made.mkdir()
    package = next((ROOT / "dist").glob(f"easel-*-{own_platform()}.zip"))
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    repository.write(folder, [in_version(package, OLD, older)], OLD, changes)
    with served(folder) as address, BlenderWindow(studio.launcher, profile, size=SIZE) as blender:
        blender.run(GET_EXTENSIONS + INSTALLED)
        link = f"{address}/easel-{OLD}-{own_platform()}.zip?repository=./index.json"
        ask(blender, f"bpy.ops.extensions.package_install('INVOKE_DEFAULT', url={link!r})")
        take(blender, "studio-drop", list_box)
        blender.key("ESC")
        url = f"{address}/index.json"
        ask(
            blender,
            "bpy.ops.preferences.extension_repo_add("
            f"'INVOKE_DEFAULT', type='REMOTE', remote_url={url!r}, use_sync_on_startup=True)",
        )
        blender.key("RET")  # leaves the field
        take(blender, "studio-add", list_box)
        blender.key("RET")
        blender.wait("any(repo.remote_url for repo in bpy.context.preferences.extensions.repos)", SLOW_S)
        blender.run("bpy.context.window_manager.extension_search = 'easel'")
        take_and_click(blender, "studio-install")
        blender.wait(f"installed() == {OLD!r}", SLOW_S)

        repository.write(folder, [in_version(package, NEW, newer)], NEW, changes)
        ask(blender, "bpy.ops.extensions.repo_sync_all('INVOKE_DEFAULT')")
        take_and_click(blender, "studio-update")
        blender.wait(f"installed() == {NEW!r}", SLOW_S)
        blender.run(SHOW_DETAILS)
        take(blender, "studio-updated", details_box)


def ask(blender: BlenderWindow, call: str) -> None:
    """Call an operator over the list, like its menu entry."""
    blender.move(620, 420)
    blender.run(f"with {OVER_LIST}:\n    {call}")


def take_and_click(blender: BlenderWindow, name: str) -> None:
    """Take a picture of the list once it has a button to install, and click the button."""
    find_button(blender)
    take(blender, name, list_box)
    blender.click(*find_button(blender))


def find_button(blender: BlenderWindow) -> tuple[int, int]:
    """Return the button's place once Blender has read the repository."""
    deadline = time.monotonic() + SLOW_S
    while True:
        try:
            return blender.find_widget("bpy.ops.extensions.package_install", "PREFERENCES", "WINDOW")
        except LookupError:
            if time.monotonic() > deadline:
                raise


def list_box(blender: BlenderWindow, screen: Image.Image) -> Box:
    """Return the box of the preferences on the screen."""
    return box_of(blender, LISTED, screen)


def details_box(blender: BlenderWindow, screen: Image.Image) -> Box:
    """Return the box of the preferences, down to the repository: below it is a temporary path."""
    left, top, right, _bottom = list_box(blender, screen)
    return (left, top, right, top + REPOSITORY_ROW)
