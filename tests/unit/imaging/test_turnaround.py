# SPDX-License-Identifier: GPL-3.0-or-later
"""Every view of a turnaround sheet is found, whatever is behind, under and between the views."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from PIL import Image
from turnaround_sheets import COLOURS, DrawnSheet, draw_sheet

from easel.imaging.errors import NoViews
from easel.imaging.turnaround.cutting import cut_sheet
from easel.imaging.turnaround.gutters import Box, Sheet, find_views

WIDTHS = (1.4, 1.0, 0.5, 1.3, 0.45, 0.9)
NEAR = 10  # pixels: the blur of JPEG, and two pixels of the small picture


def draw_number(pixels: np.ndarray, left: int, top: int) -> None:
    """Draw two blocks, like a label of two letters."""
    pixels[top : top + 16, left : left + 6] = 20
    pixels[top : top + 16, left + 10 : left + 18] = 20


def check(sheet: Sheet, drawn: DrawnSheet, *, has_gutters: bool) -> None:
    assert len(sheet.views) == len(drawn.figures)
    edges = [0, *(round(border * sheet.width) for border in sheet.borders), sheet.width]
    assert edges == sorted(edges)
    for view, truth, left, right in zip(sheet.views, drawn.figures, edges, edges[1:], strict=False):
        assert (view.slot.left, view.slot.right) == (left, right)
        assert view.figure.top == pytest.approx(truth.top, abs=NEAR)
        assert view.figure.bottom == pytest.approx(truth.bottom, abs=NEAR)
        middle = (truth.left + truth.right) / 2
        assert left < middle < right  # if figures touch, their arms can't be told apart
        if has_gutters:
            assert view.figure.left == pytest.approx(truth.left, abs=NEAR)
            assert view.figure.right == pytest.approx(truth.right, abs=NEAR)


@settings(max_examples=40, deadline=None)
@given(
    count=st.integers(2, 6),
    backdrop=st.sampled_from([*COLOURS, "alpha"]),
    gap=st.sampled_from([0.3, 0.08, 0.0]),
    is_unequal=st.booleans(),
    shadow=st.booleans(),
    noise=st.booleans(),
    bent=st.booleans(),
    seed=st.integers(0, 99),
)
def test_every_view_is_found(
    count: int, backdrop: str, gap: float, is_unequal: bool, shadow: bool, noise: bool, bent: bool, seed: int
) -> None:
    widths = WIDTHS[:count] if is_unequal else ()
    is_cut_out = backdrop == "alpha"
    drawn = draw_sheet(
        count,
        backdrop=backdrop,
        gap=gap,
        widths=widths,
        shadow=shadow,
        noise=noise and not is_cut_out,
        bent=bent and not is_cut_out,
        seed=seed,
    )
    check(find_views(drawn.pixels), drawn, has_gutters=gap > 0)
    check(find_views(drawn.pixels, count), drawn, has_gutters=gap > 0)


def test_lines_between_views_and_labels_are_no_views() -> None:
    drawn = draw_sheet(3, gap=0.5)
    for before, after in zip(drawn.figures, drawn.figures[1:], strict=False):
        middle = (before.right + after.left) // 2
        drawn.pixels[:, middle : middle + 3] = 90
    for figure in drawn.figures:
        draw_number(drawn.pixels, (figure.left + figure.right) // 2, figure.bottom + 40)
    check(find_views(drawn.pixels), drawn, has_gutters=True)


def test_borders_that_are_told_are_kept() -> None:
    drawn = draw_sheet(4)
    sheet = find_views(drawn.pixels, borders=(0.75, 0.5))
    assert sheet.borders == pytest.approx((0.5, 0.75), abs=0.002)
    assert next(view.figure.left for view in sheet.views) == pytest.approx(drawn.figures[0].left, abs=NEAR)


@pytest.mark.parametrize("count", [2, 3, 6])
def test_fewer_and_more_than_are_there_can_be_had(count: int) -> None:
    sheet = find_views(draw_sheet(4).pixels, count)
    assert len(sheet.views) == count
    assert all(view.slot.width > 0 and view.figure.width > 0 for view in sheet.views)


@pytest.mark.parametrize("kind", ["empty", "noise", "one"])
def test_where_there_are_no_views_it_says_so(kind: str) -> None:
    random = np.random.default_rng(5)
    pixels = {
        "empty": np.full((60, 90, 3), 200, np.uint8),
        "noise": random.integers(0, 255, (60, 90, 3), np.uint8),
        "one": draw_sheet(1, size=(300, 384)).pixels,
    }[kind]
    with pytest.raises(NoViews):
        find_views(pixels)
    assert len(find_views(pixels, 3).views) == 3  # the artist may give the number


@settings(max_examples=40, deadline=None)
@given(
    width=st.integers(1, 90),
    height=st.integers(1, 90),
    channels=st.integers(1, 4),
    count=st.sampled_from([0, 2, 3, 6]),
    seed=st.integers(0, 999),
)
def test_any_picture_gives_views_or_says_why_not(
    width: int, height: int, channels: int, count: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    pixels = np.repeat(random.integers(0, 255, (height, 1, channels), np.uint8), width, axis=1)
    pixels[:, :: 1 + seed % 7] = seed % 255
    try:
        sheet = find_views(pixels, count)
    except NoViews:
        return
    for view in sheet.views:
        for box in (view.slot, view.figure):
            assert 0 <= box.left < box.right <= width
            assert 0 <= box.top < box.bottom <= height


def test_views_are_cut_without_a_change(tmp_path: Path) -> None:
    drawn = draw_sheet(3, backdrop="alpha")
    path = tmp_path / "sheet.png"
    Image.fromarray(drawn.pixels).save(path)
    cut = cut_sheet(path, tmp_path, "robot")
    assert cut.has_alpha
    for view, truth, found in zip(cut.views, drawn.figures, cut.sheet.views, strict=True):
        pixels = np.asarray(Image.open(view.path))
        assert pixels.shape == (view.height, view.width, 4)
        inside: Box = view.figure
        left, top = found.figure.left, found.figure.top
        expected = drawn.pixels[top : top + inside.height, left : left + inside.width]
        assert (pixels[inside.top : inside.bottom, inside.left : inside.right] == expected).all()
        assert view.unit == pytest.approx(truth.bottom - truth.top, abs=NEAR)
        assert inside.left > 0  # with some room around
