# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on's preferences. The API key is not among them, because preferences are stored world-readable."""

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, StringProperty

from .client.server import DEFAULT_URL, ProxyMode
from .jobs.targets import PlacementKind
from .panels.preferences_ui import draw_preferences
from .scene import logs, settings
from .scene.placement.ways import FORM_ITEMS
from .scene.session import library_size

PROXY_ITEMS = (
    (ProxyMode.SYSTEM.value, "System", "What the environment says, else the settings of the system"),
    (ProxyMode.ENVIRONMENT.value, "Environment", "Only what HTTPS_PROXY, ALL_PROXY and NO_PROXY say"),
    (ProxyMode.NONE.value, "None", "Connect directly"),
    (ProxyMode.CUSTOM.value, "Custom", "The address below"),
)
LOG_LEVEL_ITEMS = (
    ("ERROR", "Errors", "Only what failed"),
    ("WARNING", "Warnings", "What failed, and what may fail"),
    ("INFO", "Information", "What Easel does"),
    ("DEBUG", "Debug", "Everything that helps to find a defect; never the key or a prompt"),
)


class EASEL_AP_preferences(bpy.types.AddonPreferences):
    """What the artist sets once."""

    bl_idname = settings.PACKAGE

    server_url: StringProperty(
        name="Server", description="Base URL of the image service", default=DEFAULT_URL
    )
    rate_limit: IntProperty(
        name="Requests per Minute",
        description="How many requests the account may send in a minute. The service may report it itself",
        default=3,
        min=1,
        max=600,
    )
    confirm_above: IntProperty(
        name="Confirm Above",
        description="Ask before a request that costs more credits than this",
        default=100,
        min=0,
        soft_max=1000,
    )
    limit_click: IntProperty(
        name="Limit a Click",
        description="The most credits that one click may spend; 0 is no limit",
        min=0,
        soft_max=1000,
    )
    limit_day: IntProperty(
        name="Limit a Day",
        description="The most credits that may be spent in a day, by all Blenders with this library; "
        "0 is no limit",
        min=0,
        soft_max=10000,
    )
    limit_month: IntProperty(
        name="Limit a Month",
        description="The most credits that may be spent in a month, by all Blenders with this library; "
        "0 is no limit",
        min=0,
        soft_max=100000,
    )
    limit_project: IntProperty(
        name="Limit a Project",
        description="The most credits that may be spent for one project: the folder of the .blend, or "
        "Blender's own project; 0 is no limit",
        min=0,
        soft_max=100000,
    )
    library: StringProperty(
        name="Library",
        description=(
            "Folder of all results and of the list of jobs, for this "
            "computer only. Empty: in Blender's user files"
        ),
        subtype="DIR_PATH",
    )
    originals_days: IntProperty(
        name="Keep Originals",
        description=(
            "How many days the float pixels of a masked edit's source are kept. Pixels that a paid "
            "result still needs are always kept"
        ),
        default=30,
        min=1,
        soft_max=365,
    )
    originals_size: IntProperty(
        name="Originals at Most",
        description=(
            "How many gigabytes of float pixels are kept; the oldest go first. Pixels that a paid "
            "result still needs are always kept"
        ),
        default=4,
        min=1,
        soft_max=100,
    )
    default_placement: EnumProperty(
        name="When Finished",
        description="What to do with the finished image, in new scenes",
        items=FORM_ITEMS,
        default=PlacementKind.IMAGE.value,
    )
    file_policy: EnumProperty(
        name="Images of a Saved File",
        description="Where images live once the .blend is saved. In an unsaved one they are always packed",
        items=(
            ("BESIDE", "Beside the File", "Copy them to a “textures” folder beside the .blend"),
            ("PACKED", "Packed", "Pack them into the .blend"),
        ),
    )
    tells_others: BoolProperty(
        name="Prompts for Other Programs",
        description=(
            "Write the prompt into new images for other programs too: as description, keywords and "
            "the “parameters” of other image tools. Whoever gets the file can read it"
        ),
    )
    use_simulator: BoolProperty(
        name="Use the Simulator",
        description="Use a service simulated on this computer: no key, no credits, no network",
    )
    simulator_speed: FloatProperty(
        name="Speed",
        description="How many times faster than the real models the simulator is",
        default=4.0,
        min=0.1,
        max=100.0,
    )
    proxy_mode: EnumProperty(
        name="Proxy",
        description="Where the proxy's address comes from",
        items=PROXY_ITEMS,
        default=ProxyMode.SYSTEM.value,
    )
    proxy: StringProperty(
        name="Proxy Address",
        description="Address of the studio's proxy. It is stored as plain text, a password in it too",
    )
    ca_bundle: StringProperty(
        name="CA Bundle",
        description="File of certificates (PEM) to trust besides the system's own, for studio networks",
        subtype="FILE_PATH",
    )
    answer_timeout: IntProperty(
        name="Answer Timeout",
        description="How many seconds to wait for an answer of the service",
        default=60,
        min=5,
        max=600,
        subtype="TIME_ABSOLUTE",
    )
    upload_timeout: IntProperty(
        name="Upload Timeout",
        description="How many seconds an upload may pause, and how long its answer may take",
        default=120,
        min=10,
        max=1800,
        subtype="TIME_ABSOLUTE",
    )
    max_upload_side: IntProperty(
        name="Largest Side",
        description="Sources with more pixels along their longer side are sent smaller",
        default=4096,
        min=512,
        max=16384,
        subtype="PIXEL",
    )
    max_upload_size: IntProperty(
        name="Largest File",
        description="Sources with larger files, in megabytes, are sent at lower quality or smaller size",
        default=20,
        min=1,
        max=100,
    )
    lossless_uploads: BoolProperty(
        name="Lossless",
        description=(
            "Send painted, padded and converted pictures as PNG. Off: pictures without alpha go as "
            "high-quality JPEG, which is much faster"
        ),
    )
    log_level: EnumProperty(
        name="Log",
        description="What Easel writes to the system console",
        items=LOG_LEVEL_ITEMS,
        default="WARNING",
        update=lambda self, _context: logs.set_level(self.log_level),
    )

    def draw(self, context: bpy.types.Context) -> None:
        library_size.note_drawn()
        draw_preferences(context, self.layout, self)


CLASSES = (EASEL_AP_preferences,)
