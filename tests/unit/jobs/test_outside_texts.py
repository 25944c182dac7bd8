# SPDX-License-Identifier: GPL-3.0-or-later
"""A text of the service becomes a short clean line in the ledger and the list, and never shows the key."""

from dataclasses import replace

import pytest

from easel.jobs.job import JobState
from easel.simulator import catalogue
from easel.simulator.faults import Fault, On
from easel.simulator.orders import Formats

from .conftest import DRAFT, Bench

KEY = "test-key"
TEXTS = {
    "echoes the key": f"Authorization: Bearer {KEY} is blocked; {KEY}",
    "megabytes": f"{KEY} no " * 200_000,
    "one word": "x" * 1_000_000,
    "half a surrogate": "bad \ud800 thing",
    "control characters": "bad \x00\x1b[31m\x1f thing\n\n\n",
}
WAYS = {
    "as the reason of FAILED": catalogue.failed,
    "as the reason of FINISHED": catalogue.finished_with_reason,
    "as the reason of a word that nobody knows": lambda text: catalogue.final_word("ERROR", text),
    "as an error of the submit": lambda text: catalogue.error(On.SUBMIT, 400, text=text),
    "as trouble at the submit": lambda text: catalogue.error(On.SUBMIT, 500, text=text),
    "as an error of the status": lambda text: catalogue.error(On.STATUS, 403, text=text),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("text", TEXTS)
def test_what_the_service_says_is_kept_short_and_clean(bench: Bench, way: str, text: str) -> None:
    fault: Fault = WAYS[way](TEXTS[text])
    bench.simulator.script(fault)
    engine = bench.engine()
    job = bench.run(engine)
    assert job.state is (
        JobState.UNCERTAIN if "trouble" in way else JobState.RUNNING if "status" in way else JobState.FAILED
    )
    assert 20 < len(job.message) < 900
    assert job.message.isprintable()
    assert KEY not in job.message
    engine.stop()
    files = [path for path in bench.library.root.rglob("*") if path.is_file()]
    assert files
    assert not [path.name for path in files if KEY.encode() in path.read_bytes()]


def test_a_format_that_only_fails_later_is_advised_against(bench: Bench) -> None:
    bench.simulator.quirks = replace(bench.simulator.quirks, flash_2_5_formats=Formats.FAILED)
    job = bench.run(bench.engine(), replace(DRAFT, output_format="webp"))
    assert job.state is JobState.FAILED
    assert "Invalid input. Gemini 2.5 Flash does not make WEBP files: choose PNG" in job.message
