# SPDX-License-Identifier: GPL-3.0-or-later
"""The driver of the window tests works on a panel made for this test."""

from collections.abc import Callable

import pytest
from driver import AgentError, BlenderWindow

PANEL = '''
clicks = 0

class PROBE_OT_count(bpy.types.Operator):
    """Count a click"""
    bl_idname = "probe.count"
    bl_label = "Count"

    def execute(self, context):
        global clicks
        clicks += 1
        return {"FINISHED"}

class PROBE_PT_panel(bpy.types.Panel):
    bl_label = "Probe"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Probe"

    def draw(self, context):
        self.layout.prop(context.scene, "probe_text")
        row = self.layout.row()
        row.operator("probe.count")
        row.prop(context.scene, "probe_flag")

bpy.types.Scene.probe_text = bpy.props.StringProperty(name="Text")
bpy.types.Scene.probe_flag = bpy.props.BoolProperty(name="Flag")
bpy.utils.register_class(PROBE_OT_count)
bpy.utils.register_class(PROBE_PT_panel)
'''


def test_mouse_and_keyboard_reach_the_widgets(open_blender: Callable[..., BlenderWindow]) -> None:
    with open_blender() as blender:
        blender.run(PANEL)
        blender.show_sidebar("VIEW_3D", "Probe")

        blender.click(*blender.find_widget("bpy.ops.probe.count"))
        blender.wait("clicks == 1")
        blender.click(*blender.find_widget("probe_flag"))
        blender.wait("bpy.context.scene.probe_flag")

        blender.click(*blender.find_widget("probe_text"))
        blender.type_text("Kupfer, grün – 銅 a/b:C")
        blender.key("RET")
        blender.wait("bpy.context.scene.probe_text")
        assert blender.get("bpy.context.scene.probe_text") == "Kupfer, grün – 銅 a/b:C"

        blender.screenshot("driver")
        with pytest.raises(LookupError):
            blender.find_widget("bpy.ops.probe.missing")
        with pytest.raises(AgentError, match="ZeroDivisionError"):
            blender.get("1 / 0")
        assert blender.kill() not in (0, 98)
