# SPDX-License-Identifier: GPL-3.0-or-later
"""The queue in a window first lists what the last session left unsent, and sends it with one consent."""

import time
from collections.abc import Callable
from dataclasses import replace

from artist import SLOW, Artist

from easel.client.models import ModelId
from easel.client.requests import GenerateRequest
from easel.jobs.job import Job, JobState
from easel.jobs.ledger import Ledger
from easel.jobs.library import Library
from easel.jobs.placement import Placement
from easel.simulator import Simulator, catalogue

MIRROR = "bpy.context.window_manager.easel"
NAMES = f"[row.prompt for row in {MIRROR}.jobs]"


def leave_unsent(artist_library: Library, server: str, *prompts: str) -> None:
    """Record jobs like a session that ends before it sends them."""
    ledger = Ledger(artist_library.ledger_path)
    for number, prompt in enumerate(prompts):
        request = GenerateRequest(model=ModelId.GEMINI_3_1_FLASH, prompt=prompt)
        now = time.time() - 60 + number
        job = Job(
            id=f"{number:032x}",
            state=JobState.QUEUED,
            request=request,
            placement=Placement(),
            server=server,
            price=request.price,
            created_at=now,
            updated_at=now,
        )
        ledger.add(job, "")
    ledger.close()


def test_the_rest_of_the_last_session_is_sent_with_one_consent(
    open_easel: Callable[[], Artist], service: Simulator
) -> None:
    service.script(replace(catalogue.takes(600), times=None))
    artist = open_easel()
    blender = artist.blender
    leave_unsent(Library(artist.library), service.url, "Copper roof", "Iron gate", "Brass lamp", "Oak door")
    artist.show_panels()
    blender.wait(f"{MIRROR}.unsent_count == 4", SLOW)
    assert blender.get(NAMES) == ["Copper roof", "Iron gate", "Brass lamp", "Oak door"]
    artist.click("send_rest")
    assert not service.tasks, "it asks first"
    blender.key("RET")
    blender.wait(f"{MIRROR}.unsent_count == 0", SLOW)
    blender.wait(f"{MIRROR}.running_count + {MIRROR}.waiting_count == 4", SLOW)
    blender.wait(f"{MIRROR}.running_count == 3", SLOW)  # three requests a minute
    assert blender.get(NAMES)[-1] == "Oak door", "what waits is below what runs"
    artist.move_to_view()
    blender.screenshot("queue-running")
    assert "Traceback" not in blender.log()
