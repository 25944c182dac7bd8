# SPDX-License-Identifier: GPL-3.0-or-later
"""`make demo`: make textures, a painted Suzanne and a 3D model from prompts, with the zip in a real Blender.

By default it uses the simulator and needs no key. With `--live` it uses the service, after it has shown the
price and asked. It only calls public operators, like an artist's script.
"""

import argparse
import contextlib
import json
import math
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "demo-out"
MODULE = "bl_ext.user_default.easel"
SPEED = 20  # times the service's pace
RATE_LIMIT = 60  # submits a minute; the service has 3, and the demo sends 8


@dataclass(frozen=True, kw_only=True)
class Step:
    """One job of the demo, with an operator and its arguments."""

    title: str
    operator: str
    arguments: dict[str, Any]


COPPER = {"prompt": "hammered copper plates with green patina, seamless texture", "aspect_ratio": "1:1"}
SHEET = {"prompt": "turnaround sheet of a small copper robot, front and side view", "aspect_ratio": "4:3"}
RUST = {"prompt": "let rust and moss grow between the plates, keep the layout", "aspect_ratio": "1:1"}
ROBOT = {
    "prompt": "friendly robot, all of it in the frame, plain background",
    "aspect_ratio": "3:4",
}
TOTEM = {"prompt": "marble relief of a sleeping dragon", "image_size": "square_hd", "seed": 42}

GENERATE_TEXTURE = Step(
    title="texture of a mesh",
    operator="generate",
    arguments={"model": "GEMINI_3_1_FLASH", "placement": "TEXTURE", "resolution": "1K", **COPPER},
)
GENERATE_PLANE = Step(
    title="reference plane",
    operator="generate",
    arguments={"model": "GEMINI_3_1_FLASH", "placement": "PLANE", "resolution": "1K", **SHEET},
)
EDIT_TEXTURE = Step(
    title="edit of the texture",
    operator="edit",
    arguments={"model": "GEMINI_3_PRO", "placement": "TEXTURE", "resolution": "1K", **RUST},
)
SEEDED = Step(
    title="image by seed",
    operator="generate",
    arguments={"model": "SEEDREAM_V5_LITE", "placement": "IMAGE", **TOTEM},
)
CONCEPT = Step(
    title="concept of a prop",
    operator="generate",
    arguments={"model": "GEMINI_3_1_FLASH", "placement": "IMAGE", "resolution": "1K", **ROBOT},
)
MODEL = Step(
    title="3D model of it",
    operator="make_model",
    arguments={"engine": "TRELLIS_2", "height": 1.8},
)
PAINT = Step(
    title="a whole model painted",
    operator="paint_model",
    arguments={
        "prompt": "weathered copper with verdigris in the hollows",
        "model": "GEMINI_3_1_FLASH",
        "resolution": "2K",
        "objects": "Suzanne",
        "views": 6,
        "size": 1024,
    },
)
STEPS = (GENERATE_TEXTURE, GENERATE_PLANE, EDIT_TEXTURE, SEEDED, SEEDED, PAINT, CONCEPT, MODEL)


def main() -> int:
    """Run the demo. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="make demo", description="From prompts to a textured scene.")
    parser.add_argument("--live", action="store_true", help="use the real service; costs credits")
    live: bool = parser.parse_args().live
    if live and not agreed_to_spend():
        return 1
    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="easel-demo-") as folder, contextlib.ExitStack() as stack:
        os.environ["BLENDER_USER_RESOURCES"] = str(Path(folder) / "profile")
        os.environ["EASEL_LIBRARY"] = str(Path(folder) / "library")
        simulator_url = "" if live else stack.enter_context(simulator(Path(folder)))
        run_in_blender(simulator_url)
    return 0


def agreed_to_spend() -> bool:
    """Show the price of the live demo, and ask."""
    if not os.environ.get("EASEL_API_KEY"):
        print("make demo LIVE=1 needs the key in the environment: EASEL_API_KEY=…")
        return False
    sys.path.insert(0, str(ROOT / "tests" / "support"))
    from easel.client.engines import ENGINES
    from easel.client.models import MODELS, ModelId

    price = 0
    for step in STEPS:
        if step is MODEL:
            model = ENGINES[ModelId(step.arguments["engine"])]
            options = {"textures": True, "pbr": True, "has_picture": True, "view_count": 1}
            cost = model.price_of(resolution=model.default_resolution, **options)
        else:
            model = MODELS[ModelId(step.arguments["model"])]
            cost = model.price(count=1, resolution=step.arguments.get("resolution", ""))
        price += cost
        print(f"  {step.title:22} {model.label:18} {cost:4} credits")
    return input(f"This spends {price} credits of your account. Go on? [yes/no] ").strip().lower() == "yes"


@contextlib.contextmanager
def simulator(folder: Path) -> Iterator[str]:
    """Start the simulator in a separate process. Yields its address."""
    command = [sys.executable, "-m", "simulator", "--print-url", "--control", "--speed", str(SPEED)]
    command += ["--rate-limit", str(RATE_LIMIT), "--state-dir", str(folder / "simulator")]
    (folder / "simulator").mkdir()
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        url = process.stdout.readline().strip() if process.stdout else ""
        os.environ.update(EASEL_API_URL=url, EASEL_API_KEY="demo", EASEL_RATE_LIMIT=str(RATE_LIMIT))
        try:
            yield url
        finally:
            process.terminate()


def run_in_blender(simulator_url: str) -> None:
    """Install the zip, make the images, show them, render and save."""
    import bpy

    start = time.monotonic()
    bpy.ops.wm.read_factory_settings(use_empty=True)
    install()
    print(f"Easel installed in Blender {bpy.app.version_string}")
    build_stage()
    images = [run(step) for step in (GENERATE_TEXTURE, GENERATE_PLANE)]
    sources = [{"name": images[0]}, {"name": images[1]}]
    images.append(run(EDIT_TEXTURE, sources=sources, roles="the texture to edit;a style reference"))
    images += [run(SEEDED), run(SEEDED)]
    add_suzanne()
    run(PAINT)
    make_model(run(CONCEPT))
    print_table(simulator_url)
    compare(*images[-2:])
    finish_scene()
    print(f"{OUT / 'scene.png'}\n{OUT / 'scene.blend'}\nin {time.monotonic() - start:.0f} s")
    bpy.ops.preferences.addon_disable(
        module=MODULE
    )  # an operator still registered at exit crashes Blender 4.2


def install() -> None:
    """Install the built zip for this machine like the preferences."""
    import bpy

    machine = {"linux": "linux-x64", "win32": "windows-x64", "darwin": "macos-arm64"}[sys.platform]
    (package,) = (ROOT / "dist").glob(f"easel-*-{machine}.zip")
    bpy.context.preferences.system.use_online_access = True
    bpy.ops.extensions.package_install_files(
        filepath=str(package), repo="user_default", enable_on_install=True
    )
    demand(MODULE in bpy.context.preferences.addons, f"{package.name} was not installed")


def build_stage() -> None:
    """Add a cube, light, a camera, and set the 3D cursor to the place of the reference plane."""
    import bpy

    bpy.ops.mesh.primitive_plane_add(size=40, location=(0, 0, -1))
    light_turn = (math.radians(40), 0, math.radians(-30))
    bpy.ops.object.light_add(type="AREA", location=(-3, -5, 6), rotation=light_turn)
    bpy.context.object.data.energy = 900
    bpy.context.object.data.size = 5
    bpy.ops.object.camera_add(location=(0.5, -10.5, 1.9), rotation=(math.radians(80), 0, 0))
    scene = bpy.context.scene
    scene.camera = bpy.context.object
    scene.world = bpy.data.worlds.new("Demo")
    scene.cursor.location = (1.9, -1.2, -0.3)
    bpy.ops.mesh.primitive_cube_add(size=2, location=(-0.9, 0, 0), rotation=(0, 0, math.radians(-25)))
    mesh = bpy.context.object.data
    mesh.uv_layers.remove(mesh.uv_layers[0])  # Easel makes missing UVs


def run(step: Step, **arguments: Any) -> str:
    """Run one job to its end. Returns the name of its image datablock."""
    import bpy

    before = set(bpy.data.images)
    print(f"{step.title} …", flush=True)
    operator = getattr(bpy.ops.easel, step.operator)
    outcome = operator(**step.arguments, **arguments, wait=True)
    demand(outcome == {"FINISHED"}, f"{step.title} ended as {outcome}")
    (image,) = set(bpy.data.images) - before
    return image.name


def add_suzanne() -> None:
    """Add a head with UVs in front of the cube, turned to the camera."""
    import bpy

    bpy.ops.mesh.primitive_monkey_add(size=1.3, location=(0.55, -2.6, -0.3), rotation=(-0.3, 0, -0.15))
    head = bpy.context.object
    head.name = "Suzanne"
    head.modifiers.new("Subdivision", "SUBSURF").levels = 2


def make_model(concept: str) -> None:
    """Make a 3D model of an image, and check its place and height."""
    import bpy

    place = bpy.context.scene.cursor.location = (3.0, 0.6, -1)
    print(f"{MODEL.title} …", flush=True)
    outcome = bpy.ops.easel.make_model(image=concept, **MODEL.arguments, wait=True)
    demand(outcome == {"FINISHED"}, f"{MODEL.title} ended as {outcome}")
    obj = bpy.context.object
    bpy.context.view_layer.update()
    height = obj.dimensions.z
    demand(abs(height - MODEL.arguments["height"]) < 0.01, f"the model is {height:.2f} m high")
    demand((obj.location - type(obj.location)(place)).length < 0.001, "the model stands elsewhere")


def print_table(simulator_url: str) -> None:
    """Print one line per job: price, durations, and file."""
    session = sys.modules[f"{MODULE}.scene.session.session"]
    ready = ready_times(simulator_url)
    print(f"\n{'job':22} {'model':18} credits   queued  service    added  file")
    jobs = [job for job in reversed(session.engine().jobs()) if not job.is_local]
    for step, job in zip(STEPS, jobs, strict=True):
        ready_at = ready.get(job.task_id, job.finished_at)
        spans = (job.submitted_at - job.created_at, ready_at - job.submitted_at, job.placed_at - ready_at)
        columns = " ".join(f"{span:6.2f} s" for span in spans)
        print(f"{step.title:22} {job.request.model:18} {job.price:7} {columns}  {job.results[0].path.name}")
    print()


def ready_times(simulator_url: str) -> dict[str, float]:
    """Return when each task was ready at the simulator, in epoch seconds; the real service hides it."""
    if not simulator_url:
        return {}
    with urllib.request.urlopen(f"{simulator_url}/_sim/tasks") as answer:  # noqa: S310 (loopback)
        return {task["task_id"]: task["ready_at"] for task in json.load(answer)}


def compare(first: str, second: str) -> None:
    """Check that two images have the same pixels."""
    import bpy
    import numpy as np

    buffers = []
    for name in (first, second):
        image = bpy.data.images[name]
        pixels = np.empty(len(image.pixels), dtype=np.float32)
        image.pixels.foreach_get(pixels)
        buffers.append(pixels)
    same = buffers[0].shape == buffers[1].shape and bool((buffers[0] == buffers[1]).all())
    print(f"Same seed, same image: {'yes' if same else 'NO'} ({first} | {second})")
    demand(same, "the same seed gave two images")


def finish_scene() -> None:
    """Render, save with all images packed, and check that they are."""
    import bpy

    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.samples = 12
    scene.cycles.use_denoising = False
    scene.render.resolution_x, scene.render.resolution_y = 960, 540
    scene.render.filepath = str(OUT / "scene.png")
    bpy.ops.render.render(write_still=True)
    bpy.ops.wm.save_as_mainfile(filepath=str(OUT / "scene.blend"), compress=True)
    bpy.ops.wm.open_mainfile(filepath=str(OUT / "scene.blend"))
    outside = [image.name for image in bpy.data.images if image.source == "FILE" and not image.packed_file]
    demand(not outside, f"not inside the .blend: {outside}")


def demand(condition: bool, trouble: str) -> None:
    """End the demo with an error unless a condition is true."""
    if not condition:
        raise SystemExit(f"The demo failed: {trouble}")


if __name__ == "__main__":
    sys.exit(main())
