# SPDX-License-Identifier: GPL-3.0-or-later
"""Which service, and where its results lie: simulator, online access, balance, library folder."""

import bpy

from ..scene import settings
from ..scene.language import said
from ..scene.session import account, engine_life, followed, pump, session
from .request import poll_service


class EASEL_OT_start_simulator(bpy.types.Operator):
    """Use a service simulated on this computer: no key, no credits, no network. Its images are marked"""

    bl_idname = "easel.start_simulator"
    bl_label = "Try It Offline"
    bl_options = set()

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if settings.from_environment("server_url"):
            cls.poll_message_set(
                said("The server is set by {variable}", variable=settings.ENVIRONMENT["server_url"])
            )
            return False
        return _poll_idle(cls)

    def execute(self, context: bpy.types.Context) -> set[str]:
        return _use_simulator(context, use=True)


class EASEL_OT_stop_simulator(bpy.types.Operator):
    """Go back to the real service"""

    bl_idname = "easel.stop_simulator"
    bl_label = "Stop Simulator"
    bl_options = set()

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return _poll_idle(cls)

    def execute(self, context: bpy.types.Context) -> set[str]:
        return _use_simulator(context, use=False)


def _poll_idle(cls: type[bpy.types.Operator]) -> bool:
    """Say whether the service may be changed: not while jobs run at the present one."""
    if followed.is_busy():
        cls.poll_message_set(said("Jobs are running: wait for them, or stop watching them"))
        return False
    return True


def _use_simulator(context: bpy.types.Context, *, use: bool) -> set[str]:
    settings.preferences().use_simulator = use
    context.preferences.is_dirty = True
    engine_life.restart()
    pump.show_now()
    return {"FINISHED"}


class EASEL_OT_allow_online(bpy.types.Operator):
    """Let Blender and its extensions use the internet, as in Preferences > System > Network"""

    bl_idname = "easel.allow_online"
    bl_label = "Allow Online Access"
    bl_options = set()

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not bpy.app.online_access_override:
            return True
        cls.poll_message_set(said("Blender was started with --offline-mode or --online-mode"))
        return False

    def execute(self, context: bpy.types.Context) -> set[str]:
        context.preferences.system.use_online_access = True
        pump.wake()
        return {"FINISHED"}


class EASEL_OT_show_preferences(bpy.types.Operator):
    """Open Easel's preferences"""

    bl_idname = "easel.show_preferences"
    bl_label = "Easel Preferences"
    bl_options = set()

    def execute(self, context: bpy.types.Context) -> set[str]:
        bpy.ops.preferences.addon_show(module=settings.PACKAGE)
        return {"FINISHED"}


class EASEL_OT_refresh_balance(bpy.types.Operator):
    """Ask the service for the balance, which also shows whether the key is right. Costs nothing"""

    bl_idname = "easel.refresh_balance"
    bl_label = "Refresh Balance"
    bl_options = set()

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return poll_service(cls)

    def execute(self, context: bpy.types.Context) -> set[str]:
        engine_life.start()
        if (engine := session.find_engine()) is not None:
            account.ask_for_balance(engine)
        pump.wake()
        return {"FINISHED"}


class EASEL_OT_open_library(bpy.types.Operator):
    """Show the folder with all results"""

    bl_idname = "easel.open_library"
    bl_label = "Open Library Folder"
    bl_options = set()

    def execute(self, context: bpy.types.Context) -> set[str]:
        folder = settings.library_folder()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self.report({"ERROR"}, said("The library folder can't be made: {error}", error=error))
            return {"CANCELLED"}
        bpy.ops.wm.path_open(filepath=str(folder))
        return {"FINISHED"}


CLASSES = (
    EASEL_OT_start_simulator,
    EASEL_OT_stop_simulator,
    EASEL_OT_allow_online,
    EASEL_OT_show_preferences,
    EASEL_OT_refresh_balance,
    EASEL_OT_open_library,
)
