# SPDX-License-Identifier: GPL-3.0-or-later
"""A studio's policy: what it says is followed, and a slip of the pen takes no limit away."""

from pathlib import Path

import pytest

from easel.client.models import ModelId
from easel.jobs.caps import Cap
from easel.jobs.placement import Placement
from easel.jobs.policy import NO_POLICY, Policy, read_policy
from easel.simulator import catalogue
from easel.texts.refusal import Refusal

from .conftest import DRAFT, Bench

WHOLE = """
models = ["GEMINI_3_1_FLASH", "SEEDREAM_V5_LITE"]
largest_resolution = "2K"
library = "/mnt/easel"
prices = "prices.toml"
[limits]
click = 100
day = 0
"""


def written(folder: Path, text: str) -> Policy:
    path = folder / "studio.toml"
    path.write_bytes(text.encode("utf-8"))
    return read_policy(path)


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_policy_says_what_is_allowed(tmp_path: Path, mark: str) -> None:
    policy = written(tmp_path, mark + WHOLE)
    assert policy.problem == ""
    assert policy.limits == {Cap.CLICK: 100, Cap.DAY: 0}
    assert (policy.library, policy.prices) == ("/mnt/easel", str(tmp_path / "prices.toml"))
    assert "does not allow Gemini 3 Pro" in policy.refusal(ModelId.GEMINI_3_PRO, "1K")
    assert policy.refusal(ModelId.GEMINI_3_1_FLASH, "2K") == ""
    assert "allows 2K at most" in policy.refusal(ModelId.GEMINI_3_1_FLASH, "4K")
    assert "allows 2K at most" in policy.refusal(ModelId.SEEDREAM_V5_LITE, "auto_3K")
    assert policy.refusal(ModelId.SEEDREAM_V5_LITE, "square_hd") == ""
    assert NO_POLICY.refusal(ModelId.GEMINI_3_PRO, "4K") == ""


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("limits = 3", "“limits”"),
        ("[limits]\nday = -1", "“day”"),
        ("[limits]\nday = true", "“day”"),
        ("[limits]\nday = '100'", "“day”"),
        ("[limits]\ndaily = 100", "“daily”"),
        ("limit = 100", "“limit”"),
        ("models = ['DALL_E']", "“DALL_E”"),
        ("models = [['GEMINI_3_PRO']]", "is no model"),
        ("largest_resolution = 'big'", "“big”"),
        ("day = ", "Invalid value"),
        ("\ud800".encode("utf-8", "surrogatepass").decode("latin-1") + "\x00", "studio.toml"),
        ("# " + "x" * 1_000_000, "too large"),
    ],
)
def test_a_file_that_is_wrong_lets_nothing_be_sent(bench: Bench, tmp_path: Path, text: str, why: str) -> None:
    policy = written(tmp_path, text)
    assert why in policy.problem
    assert policy.refusal(ModelId.GEMINI_2_5_FLASH) == policy.problem
    with pytest.raises(Refusal, match="Nothing was sent"):
        policy.check(DRAFT)


def test_a_file_that_is_gone_lets_nothing_be_sent_and_paid_images_are_still_collected(
    bench: Bench, tmp_path: Path
) -> None:
    first = bench.engine()
    bench.simulator.script(catalogue.takes(600))
    job_id = first.submit(DRAFT, Placement())
    bench.wait(first, lambda: bool(first.job(job_id).task_id))
    first.stop()
    engine = bench.engine(policy=read_policy(tmp_path / "gone.toml"))
    with pytest.raises(Refusal, match="can't be followed"):
        engine.submit(DRAFT, Placement())
    bench.simulator.finish(engine.job(job_id).task_id)
    assert bench.end_of(engine, job_id).state.has_images
    assert bench.posts() == 1
