# SPDX-License-Identifier: GPL-3.0-or-later
"""The facts about an image of many tiles for panels. Each turn looks at only a few tiles. Main thread."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import bpy

from ...imaging.forecast import Look
from .. import live
from ..sources.file_facts import Ask
from .describe import describe, looking, of_tiles
from .source_info import SendPlan, SourceInfo

A_TURN: Final = 8
"""How many tiles are looked at in one turn: each takes up to a millisecond."""
_TRIES: Final = 3
"""How often one is looked at soon again: of the first time a thread only begins to look at its file."""


@dataclass(kw_only=True)
class _Round:
    """The tiles of one row, each looked at when it is its turn."""

    tiles: tuple[int, ...]
    how: tuple[SendPlan, Look | None]
    """The facts that all tiles share. If they change, all tiles have their turn again."""
    infos: dict[int, SourceInfo] = field(default_factory=dict)
    """The last description of each tile, maybe made with older shared facts."""
    tries: dict[int, int] = field(default_factory=dict)
    """How often each was looked at in this round; of one that is known enough times."""
    start: int = 0
    """Place of the tile whose turn it is."""

    def next_tiles(self) -> list[int]:
        """Choose the tiles to look at now: first unknown ones, then the others (the disk may be silent)."""
        in_turn = self.tiles[self.start :] + self.tiles[: self.start]
        self.start = (self.start + A_TURN) % len(self.tiles)
        return sorted(in_turn, key=self._is_done)[:A_TURN]

    def note(self, number: int, info: SourceInfo) -> None:
        """Note what was found about a tile."""
        self.infos[number] = info
        self.tries[number] = _TRIES if info.is_known else self.tries.get(number, 0) + 1

    @property
    def is_over(self) -> bool:
        """Every tile is known, or will not be soon."""
        return all(self._is_done(number) for number in self.tiles)

    def _is_done(self, number: int) -> bool:
        return self.tries.get(number, 0) >= _TRIES


class _Rounds(dict[str, _Round]):
    pass


def describe_in_turn(
    key: str,
    image: bpy.types.Image,
    tiles: Sequence[int],
    *,
    scene: bpy.types.Scene,
    plan: SendPlan,
    look: Look | None,
    ask: Ask,
) -> SourceInfo:
    """Describe an image with these tiles, from this turn and earlier ones.

    Args:
        key: of its row.
        tiles: none if it has no tiles.
        scene, plan, look, ask: as of `describe`; the look was at the first tile.
    """
    tiles, rounds = tuple(tiles or (0,)), live.part(_Rounds)
    now = rounds.get(key)
    if now is None or now.tiles != tiles:
        now = rounds[key] = _Round(tiles=tiles, how=(plan, look))
    if now.how != (plan, look):
        now.how = plan, look
        now.tries.clear()
    for number in now.next_tiles():
        # The look was at the first tile, which tells roughly how the others will be encoded.
        seen = replace(look, clean_bytes=0) if look is not None and number != tiles[0] else look
        now.note(number, describe(image, scene=scene, tile=number, plan=plan, look=seen, ask=ask))
    unseen = looking(plan)
    return of_tiles(tiles, [now.infos.get(number, unseen) for number in tiles])


def keep_only(keys: Container[str]) -> None:
    """Forget rows that are no more."""
    rounds = live.part(_Rounds)
    for key in [key for key in rounds if key not in keys]:
        del rounds[key]


def is_under_way() -> bool:
    """Return whether some tiles must still be looked at."""
    return not all(now.is_over for now in live.part(_Rounds).values())
