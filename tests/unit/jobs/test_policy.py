# SPDX-License-Identifier: GPL-3.0-or-later
"""Easel follows a studio's policy, and a mistake in the file takes no limit away."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from easel.client import prices
from easel.client.key import KeyOrigin
from easel.client.models import MODELS, TOOLS, ModelId
from easel.client.prices import NO_PRICES, Prices
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
key = "environment"
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
    (tmp_path / "prices.toml").write_text("[credits]\nGEMINI_2_5_FLASH = 6\n", "utf-8")
    policy = written(tmp_path, mark + WHOLE)
    assert policy.problem == ""
    assert policy.limits == {Cap.CLICK: 100, Cap.DAY: 0}
    assert policy.library == "/mnt/easel"
    assert policy.key is KeyOrigin.ENVIRONMENT
    assert policy.prices.of("GEMINI_2_5_FLASH", "") == 6
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
        ("key = 'secret-0123456789'", "never the key itself"),
        ("key = 3", "“key”"),
        ("models = [['GEMINI_3_PRO']]", "is not a model"),
        ("largest_resolution = 'big'", "“big”"),
        ("day = ", "Invalid value"),
        ("\ud800".encode("utf-8", "surrogatepass").decode("latin-1") + "\x00", "studio.toml"),
        ("# " + "x" * 1_000_000, "too large"),
    ],
)
def test_a_file_that_is_wrong_lets_nothing_be_sent(bench: Bench, tmp_path: Path, text: str, why: str) -> None:
    policy = written(tmp_path, text)
    assert why in policy.problem
    assert "secret" not in policy.problem
    assert policy.refusal(ModelId.GEMINI_2_5_FLASH) == policy.problem
    with pytest.raises(Refusal, match="Nothing was sent"):
        policy.check(DRAFT)


PRICES = """
as_of = 2026-12-01
[credits]
GEMINI_2_5_FLASH = 6
GEMINI_3_PRO = { "1K" = 55, "4K" = 90 }
REMOVE_BACKGROUND = { high = 7 }
"""


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Prices]:
    """Use the prices of a file during a test."""
    path = tmp_path / "prices.toml"
    path.write_text(PRICES, "utf-8")
    policy = read_policy(None, path)
    assert policy.problem == ""
    prices.use(policy.prices)
    yield policy.prices
    prices.use(NO_PRICES)


def test_prices_of_a_file_take_the_place_of_the_tables(told: Prices, bench: Bench) -> None:
    assert told.as_of == date(2026, 12, 1)
    pro, flash = MODELS[ModelId.GEMINI_3_PRO], MODELS[ModelId.GEMINI_2_5_FLASH]
    assert [pro.price(count=2, resolution=size) for size in ("", "1K", "2K", "4K")] == [110, 110, 100, 180]
    assert flash.price(count=3) == 18
    assert TOOLS[ModelId.REMOVE_BACKGROUND].price(count=1) == 7
    assert TOOLS[ModelId.REMOVE_BACKGROUND].price(count=1, quality="low") == 3
    assert bench.run(bench.engine(), DRAFT).price == 6


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[credits]\nGEMINI_3_PRO = 0", "not a number of credits"),
        ("[credits]\nGEMINI_3_PRO = {'3K' = 5}", "GEMINI_3_PRO 3K"),
        ("[credits]\nDALL_E = 5", "not a model"),
        ("[credits]\nTRIPO = 5", "not a model"),
        ("as_of = 'today'", "as_of"),
        ("prices = 3", "unknown"),
        ("credits = 3", "wrong type"),
    ],
)
def test_prices_that_are_wrong_let_nothing_be_sent(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "prices.toml"
    path.write_text(text, "utf-8")
    policy = read_policy(None, path)
    assert why in policy.problem
    assert str(path) in policy.problem
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
