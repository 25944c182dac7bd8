# SPDX-License-Identifier: GPL-3.0-or-later
"""Easel speaks the language of Blender's interface, and changes with it."""

import json
from collections.abc import Callable
from pathlib import Path

from artist import JOBS, OVER_VIEW, SLOW, Artist

from easel.simulator import Simulator, catalogue
from easel.texts.phrases import phrase

DICTIONARIES = Path(__file__).parents[2] / "languages"
REASON = "The request was blocked by the safety filter."
FAILED = phrase("The service could not make it: {reason} Its credits are refunded.", reason=REASON)
PLACED = "Image added"
ROWS = "bpy.context.window_manager.easel.batch.rows"
LABELS = """
result = {
    "property": type(bpy.context.scene.easel).bl_rna.properties["prompt"].translation_context,
    "prompt": bpy.app.translations.pgettext_iface("Prompt", "Easel"),
    "operator": bpy.app.translations.pgettext_iface(
        "Save Prompt", bpy.ops.easel.save_prompt.get_rna_type().translation_context
    ),
}
"""


def test_easel_speaks_the_artists_language(
    open_easel: Callable[[], Artist], service: Simulator, report: Callable[[str], None]
) -> None:
    artist = open_easel()
    blender = artist.blender
    artist.show_panels()
    artist.write_prompt("Marble")
    artist.choose(placement="IMAGE")
    artist.click("generate")
    blender.wait(f"{JOBS}[0].placement_text == {PLACED!r}", SLOW)
    service.script(catalogue.failed(REASON))
    artist.click("generate")
    artist.wait_for_state("FAILED")
    assert artist.job()["message"] == FAILED
    service.script(catalogue.failed(REASON))
    blender.run(f"""
bpy.data.texts.new("Row").write("Slate")
with {OVER_VIEW}:
    bpy.ops.easel.batch_lines(text="Row")
""")
    blender.wait(f"len({ROWS})", SLOW)
    blender.run(f"with {OVER_VIEW}: bpy.ops.easel.batch_start()")
    blender.wait(f"{ROWS}[0].state == 'FAILED'", SLOW)

    names: list[str] = blender.get("list(bpy.app.translations.locales)")
    for path in sorted(DICTIONARIES.glob("*.json")):
        words: dict[str, str] = json.loads(path.read_text("utf-8"))
        name = next(name for name in names if name == path.stem or name.startswith(f"{path.stem}_"))
        blender.run(f"bpy.context.preferences.view.language = {name!r}")
        expected = FAILED.said(words.__getitem__)
        blender.wait(f"{JOBS}[0].message == {expected!r}", SLOW)
        blender.wait(f"{ROWS}[0].message == {expected!r}", SLOW)
        assert blender.get(f"{JOBS}[2].placement_text") == words[PLACED]
        labels = blender.run(LABELS)
        assert labels == {
            "property": "Easel",
            "prompt": words["Prompt"],
            "operator": words["Save Prompt"],
        }
        artist.move_to_view()
        report(f"{name}: {blender.screenshot(f'language-{path.stem}')}")

    blender.run("bpy.context.preferences.view.language = 'en_US'")
    blender.wait(f"{JOBS}[0].message == {FAILED!r}", SLOW)
    assert blender.get(f"{JOBS}[2].placement_text") == PLACED
