# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a model's answer has drifted from its source. Worker threads only.

1. Phase correlation of the edges matches the whole pictures, at a quarter of their size and at all likely
   scales.
2. At half size, many blocks are matched one by one near the place from step 1. One shift and scale is fitted
   to them. Blocks that were painted over contradict each other and hardly count. The share of blocks that
   agree is the confidence.
3. At full size, only windows around the clearest edges of agreeing blocks are matched. They give the exact
   place, and confirm or reject it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..bands import at_once
from .blocks import BlockMatcher, block_size, cover
from .correlation import Correlator, peak_offset
from .features import edge_field, halved, is_plain, is_shaded, viewed, viewed_like
from .places import Place, placed
from .repeats import repeats, settle

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..resample import Pixels
    from .aperture import Aperture
    from .drift_fit import BlockFit
    from .features import EdgeField
    from .repeats import Move

MIN_CONFIDENCE = 0.22
"""Below, an answer is placed without correction. Measured on 160 synthetic edits (up to 40 % painted over,
recoloured, blurred and noisy at once): those found right have 0.29 or more, and re-framed or unrelated
pictures have less than 0.12."""

MAX_SCALE_DRIFT = 0.045  # models drift by up to 3 %; the rest is room for the search
MAX_SHIFT = 0.05  # of the longer side; likewise

_WORK_PIXELS = 1 << 20  # 1024 × 1024: half of 2K, enough for a tenth of a pixel
_FIELD_PIXELS = 1 << 19
"""The edges of a larger picture are averaged over 2 × 2; only a few windows are matched at full size."""
_COARSE_SIDE = 192  # pixels of the reduced field (in the mean of both sides), at least
_SCALE_STEP = 0.01
_SCALE_STEPS = 4  # in each direction
_SMALL_DRIFT_BONUS = 0.1
"""If two shifts or scales match alike (bricks), the smaller is the right one: a shift at the limit must match
a tenth better than no shift."""

_ALONG = 1.5  # times the blocks' reach: how far along a ridge another peak is looked for
_EVEN_DROP = 0.08  # below, the picture is nothing but stripes, and no peak is looked for
_CLEAR_MATCH = 7.0  # standard deviations; below, the runners-up are tried as well
_RUNNERS_UP = 2
_PROMISING = MIN_CONFIDENCE / 2
"""Share of blocks that agree on a first place: below, a second round never corrected it."""
_PLAIN_AGREEMENT = 0.5
"""Above, a second round never changed anything."""
_AGREEING_WINDOWS = 0.6
"""If the place is right, four fifths of the agreeing blocks still agree at full size; else less than half."""
_SAME_ASPECT = 0.004
_STILL = 1.5  # pixels
_CLEAR_STRIPES = 0.25
"""Match of fine stripes that repeat: it was 0.2 at most at a wrong scale, 0.32 or more at the right one."""


@dataclass(frozen=True, kw_only=True)
class Registration:
    """The place of a picture's content in an answer: scaled about the middle, then moved right and down.

    It is in pixels of the source, whatever the answer's size is: both cover the same canvas.
    """

    dx: float  # pixels
    dy: float  # pixels
    scale_x: float
    scale_y: float
    confidence: float
    """Share of the textured blocks that agree, 0–1; see `MIN_CONFIDENCE`."""
    corner_error: float
    """Estimated error of the worst corner after correction: one standard deviation, pixels."""
    blind: tuple[float, float] | None = None
    """Unit vector (right, down) along which the picture is alike everywhere (grain, stripes): no shift can be
    seen, so this place has none in that direction."""
    is_plain: bool = False
    """Not trusted, because the source has hardly any texture."""
    is_ambiguous: bool = False
    """Not trusted, because the source's pattern repeats, and the answer fits a whole period off as well."""

    @property
    def scale(self) -> float:
        """The mean scale of both directions."""
        return math.sqrt(self.scale_x * self.scale_y)

    @property
    def is_trusted(self) -> bool:
        """Whether to correct by it. If not: re-framed, another picture, repeats, or too little texture."""
        return self.confidence >= MIN_CONFIDENCE


_NOTHING = Registration(dx=0, dy=0, scale_x=1, scale_y=1, confidence=0, corner_error=0)


class _Candidate(NamedTuple):
    score: float
    place: Place
    clearness: float
    """Standard deviations of its peak."""


class _Found(NamedTuple):
    place: Place
    fit: BlockFit
    confidence: float
    has_matched: bool
    """Blocks agreed, even if the place is no drift, or later steps rejected it."""
    is_ambiguous: bool
    """Another place, a whole period off, may be the right one."""


def register(source: Pixels, result: Pixels) -> Registration:
    """Find the shift and scale between a source and its answer, which may have another size.

    Takes a tenth of a second of processor time, three tenths at most, for any size: both are reduced to a
    megapixel first.
    """
    height, width = source.shape[:2]
    shrink = min(1.0, math.sqrt(_WORK_PIXELS / (width * height)))
    size = max(1, round(width * shrink)), max(1, round(height * shrink))
    if min(size) < 2 * block_size(min(size)):
        return _NOTHING
    answer = viewed(result, size)
    views = viewed_like(source, answer), answer
    if is_shaded(views[0]):
        return replace(_NOTHING, is_plain=True)
    aspect = (result.shape[1] / result.shape[0]) / (width / height)
    found = _found(*views, aspect, is_local=False)
    if not found.has_matched:
        # Painted parts may be so much clearer than a quiet picture that its own edges hardly count.
        found = max(found, _found(*views, aspect, is_local=True), key=lambda one: one.confidence)
    place, fit, confidence = found.place, found.fit, found.confidence
    return Registration(
        dx=place.dx / shrink,
        dy=place.dy / shrink,
        scale_x=place.scale_x,
        scale_y=place.scale_y,
        confidence=confidence,
        corner_error=(fit.corner_error if fit.aperture.blind is None else fit.seen_error) / shrink,
        blind=fit.aperture.blind if confidence >= MIN_CONFIDENCE else None,
        is_plain=confidence < MIN_CONFIDENCE and is_plain(views[0]),
        is_ambiguous=found.is_ambiguous,
    )


def _found(source: NDArray[np.uint8], result: NDArray[np.uint8], aspect: float, *, is_local: bool) -> _Found:
    """Find the best place. See `edge_field` for `is_local`."""
    fields = at_once(lambda picture: edge_field(picture, is_local=is_local), (source, result))
    is_large = fields[0].size >= _FIELD_PIXELS
    field, answer = (halved(fields[0]), halved(fields[1])) if is_large else fields
    small = answer
    candidates = _coarse(field, answer, aspect)
    if is_local or candidates[0].clearness >= _CLEAR_MATCH:
        del candidates[1:]
    matcher = BlockMatcher(field, cover(field.shape, block_size(min(field.shape))))
    place, fit = _refine_best(matcher, answer, candidates)
    confidence = fit.agreement
    if is_large:
        place = place.doubled()
        fit = replace(fit, corner_error=2 * fit.corner_error, seen_error=2 * fit.seen_error)
        if confidence >= MIN_CONFIDENCE:
            answer, blocks = fields[1], fit
            matcher = BlockMatcher(fields[0], [window.doubled() for window in matcher.clearest(fit)])
            place, fit = matcher.refine(answer, place)
            if fit.agreeing.mean() < _AGREEING_WINDOWS:
                confidence = 0.0
            if blocks.aperture.blind is None:  # so many blocks show more than a few windows
                fit = replace(fit, aperture=blocks.aperture)
    has_matched = confidence >= MIN_CONFIDENCE
    is_sure = True
    if has_matched:
        if fit.aperture.blind is not None:
            place, fit = _refine_ridge(matcher, answer, place, fit.aperture)
        moves = repeats(field, 2 * MAX_SHIFT * max(field.shape), fit.aperture.blind)
        place, fit, is_sure = _settled((field, small), matcher, answer, place, fit, moves)
        if not is_sure:
            confidence = 0.0
    is_drift = _is_drift(place, source.shape, aspect)
    return _Found(place, fit, confidence if is_drift else 0.0, has_matched, is_drift and not is_sure)


def _refine_best(
    matcher: BlockMatcher, result: EdgeField, candidates: list[_Candidate]
) -> tuple[Place, BlockFit]:
    """Refine candidates until one is right. Returns the best one, refined once more if it is doubtful."""
    best = matcher.refine(result, candidates[0].place)
    for candidate in candidates[1:]:
        if best[1].agreement >= MIN_CONFIDENCE:
            break
        best = max(best, matcher.refine(result, candidate.place), key=lambda pair: pair[1].agreement)
    is_in_doubt = _PROMISING <= best[1].agreement < _PLAIN_AGREEMENT
    return matcher.refine(result, best[0]) if is_in_doubt else best


def _refine_ridge(
    matcher: BlockMatcher, result: EdgeField, place: Place, aperture: Aperture
) -> tuple[Place, BlockFit]:
    """Refine a place with a blind direction: look for a peak along it, else assume no shift in it."""
    blind = aperture.blind or (0.0, 0.0)
    start = place.across(blind)
    middle, around = matcher.refine(result, start)
    if aperture.drop >= _EVEN_DROP:
        looks = [(around.aperture.height, middle.moved(*around.aperture.peak))]
        for way in (-_ALONG * matcher.reach, _ALONG * matcher.reach):
            there, fit = matcher.refine(result, start.moved(way * blind[0], way * blind[1]))
            looks.append((fit.aperture.height, there.moved(*fit.aperture.peak)))
        best, fit = matcher.refine(result, max(looks)[1])
        is_near = math.hypot(best.dx, best.dy) <= MAX_SHIFT * max(result.shape)
        if is_near and fit.aperture.blind is None and fit.agreement >= MIN_CONFIDENCE:
            return best, fit
    return middle.across(blind), replace(around, aperture=aperture)


def _settled(
    small: tuple[EdgeField, EdgeField],
    matcher: BlockMatcher,
    result: EdgeField,
    place: Place,
    fit: BlockFit,
    moves: list[Move],
) -> tuple[Place, BlockFit, bool]:
    """Return the best of a place and those that are moves away, and whether it is clearly the best."""
    if not moves:
        return place, fit, True
    aperture = fit.aperture
    settled = settle(small, place, moves, matcher, result, MAX_SHIFT * max(result.shape))
    if settled.place != place:
        place, fit = matcher.refine(result, settled.place)
        if aperture.blind is not None:
            place, fit = place.across(aperture.blind), replace(fit, aperture=aperture)
    period = min(math.hypot(*move) for move in moves)
    if aperture.blind is not None and period < MAX_SCALE_DRIFT * max(small[0].shape):
        # A scale may be off by a whole stripe between the middle and the border.
        is_sure = settled.match >= _CLEAR_STRIPES and not settled.has_rival
    else:
        is_sure = not settled.has_rival
    return place, fit, is_sure or _is_still(place, result.shape)


def _is_drift(place: Place, size: tuple[int, ...], aspect: float) -> bool:
    """Return whether a place is near enough to be a drift. A cut answer may have kept its proportions."""
    scale = math.sqrt(place.scale_x * place.scale_y)
    stretch = place.scale_y / place.scale_x
    return (
        abs(scale - 1) <= MAX_SCALE_DRIFT
        and math.hypot(place.dx, place.dy) <= MAX_SHIFT * max(size[:2])
        and min(abs(stretch - 1), abs(stretch / aspect - 1)) <= MAX_SCALE_DRIFT / 3
    )


def _is_still(place: Place, size: tuple[int, ...]) -> bool:
    """Return whether a place is hardly any drift. It is preferred to others that match as well."""
    grown = max(abs(place.scale_x - 1), abs(place.scale_y - 1)) * max(size) / 2
    return math.hypot(place.dx, place.dy) + grown <= _STILL


def _coarse(source: EdgeField, result: EdgeField, aspect: float) -> list[_Candidate]:
    """Match whole pictures at all scales. Returns the best places, best first."""
    factor = 1
    if source.size >= (2 * _COARSE_SIDE) ** 2:
        factor, source, result = 2, halved(source), halved(result)
    height, width = source.shape
    reach = math.ceil(MAX_SHIFT * max(source.shape))
    reaches = min(reach, height // 2 - 1), min(reach, width // 2 - 1)
    correlator = Correlator((height, width), reaches, blur=0.8)
    spectrum = correlator.spectrum(source)
    down, across = (np.arange(-reach, reach + 1, dtype=np.float32) for reach in reaches)
    distance = np.hypot(down[:, np.newaxis], across) / reach
    found: list[_Candidate] = []
    # An answer of another aspect ratio was either stretched, or cut with its proportions kept.
    for stretch in {1.0, aspect} if abs(aspect - 1) > _SAME_ASPECT else {1.0}:
        series: list[_Candidate] = []
        for step in range(-_SCALE_STEPS, _SCALE_STEPS + 1):
            scale = 1 + step * _SCALE_STEP
            scale_x, scale_y = scale / math.sqrt(stretch), scale * math.sqrt(stretch)
            surface = correlator.match(
                spectrum, correlator.spectrum(placed(result, Place(0, 0, scale_x, scale_y)))
            )
            penalty = 1 - _SMALL_DRIFT_BONUS * (distance + abs(step) / _SCALE_STEPS)
            scores = surface * penalty
            row, column = divmod(int(scores.argmax()), scores.shape[1])
            place = Place(
                (column - reaches[1]) * factor * scale_x,
                (row - reaches[0]) * factor * scale_y,
                scale_x,
                scale_y,
            )
            clearness = float(surface[row, column] / max(surface.std(), 1e-12))
            series.append(_Candidate(float(scores[row, column]), place, clearness))
        found += _peaks(series)
    return sorted(found, reverse=True)[: 1 + _RUNNERS_UP]


def _peaks(series: list[_Candidate]) -> list[_Candidate]:
    """Return the candidates that match better than their neighbours in scale, with an interpolated scale."""
    peaks: list[_Candidate] = []
    for index, item in enumerate(series):
        before = series[index - 1].score if index else -math.inf
        after = series[index + 1].score if index + 1 < len(series) else -math.inf
        if item.score < max(before, after):
            continue
        finer = 1.0
        if math.isfinite(before) and math.isfinite(after):
            finer += _SCALE_STEP * peak_offset(before, item.score, after)
        place = item.place._replace(scale_x=item.place.scale_x * finer, scale_y=item.place.scale_y * finer)
        peaks.append(item._replace(place=place))
    return peaks
