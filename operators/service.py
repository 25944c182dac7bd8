# SPDX-License-Identifier: GPL-3.0-or-later
"""The service, and where results are stored: simulator, online access, balance, library folder."""

import bpy

from ..imaging.files import make_private_folder
from ..scene import settings
from ..scene.session import account, engine_life, followed, pump, session
from ..texts.phrases import phrase
from ..texts.refusal import Refusal
from .request import obstacle_to_sending
from .verb import Verb


class EASEL_OT_start_simulator(Verb, bpy.types.Operator):
    """Use a service simulated on this computer: no key, no credits, no network. Its images are marked"""

    bl_idname = "easel.start_simulator"
    bl_label = "Try It Offline"
    bl_options = set()

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        if settings.from_environment("server_url"):
            return phrase("The server is set by {variable}", variable=settings.ENVIRONMENT["server_url"])
        return _obstacle_to_change()

    def act(self, context: bpy.types.Context) -> None:
        _use_simulator(context, use=True)


class EASEL_OT_stop_simulator(Verb, bpy.types.Operator):
    """Go back to the real service"""

    bl_idname = "easel.stop_simulator"
    bl_label = "Stop Simulator"
    bl_options = set()

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        return _obstacle_to_change()

    def act(self, context: bpy.types.Context) -> None:
        _use_simulator(context, use=False)


def _obstacle_to_change() -> str:
    """Say why the service can't be changed: jobs run at the present one."""
    return phrase("Jobs are running: wait for them, or stop watching them") if followed.is_busy() else ""


def _use_simulator(context: bpy.types.Context, *, use: bool) -> None:
    settings.preferences().use_simulator = use
    context.preferences.is_dirty = True
    engine_life.restart()
    pump.show_now()


class EASEL_OT_allow_online(Verb, bpy.types.Operator):
    """Let Blender and its extensions use the internet, as in Preferences > System > Network"""

    bl_idname = "easel.allow_online"
    bl_label = "Allow Online Access"
    bl_options = set()

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        if bpy.app.online_access_override:
            return phrase("Blender was started with --offline-mode or --online-mode")
        return ""

    def act(self, context: bpy.types.Context) -> None:
        context.preferences.system.use_online_access = True
        pump.wake()


class EASEL_OT_show_preferences(Verb, bpy.types.Operator):
    """Open Easel's preferences"""

    bl_idname = "easel.show_preferences"
    bl_label = "Easel Preferences"
    bl_options = set()

    def act(self, context: bpy.types.Context) -> None:
        bpy.ops.preferences.addon_show(module=settings.PACKAGE)


class EASEL_OT_refresh_balance(Verb, bpy.types.Operator):
    """Ask the service for the balance, which also shows whether the key is right. Costs nothing"""

    bl_idname = "easel.refresh_balance"
    bl_label = "Refresh Balance"
    bl_options = set()

    @classmethod
    def obstacle(cls, context: bpy.types.Context) -> str:
        return obstacle_to_sending()

    def act(self, context: bpy.types.Context) -> None:
        engine_life.start()
        if (engine := session.find_engine()) is not None:
            account.ask_for_balance(engine)
        pump.wake()


class EASEL_OT_open_library(Verb, bpy.types.Operator):
    """Show the folder with all results"""

    bl_idname = "easel.open_library"
    bl_label = "Open Library Folder"
    bl_options = set()

    def act(self, context: bpy.types.Context) -> None:
        folder = settings.library_folder()
        try:
            make_private_folder(folder)
        except OSError as error:
            raise Refusal(phrase("The library folder can't be made: {error}", error=error)) from error
        bpy.ops.wm.path_open(filepath=str(folder))


CLASSES = (
    EASEL_OT_start_simulator,
    EASEL_OT_stop_simulator,
    EASEL_OT_allow_online,
    EASEL_OT_show_preferences,
    EASEL_OT_refresh_balance,
    EASEL_OT_open_library,
)
