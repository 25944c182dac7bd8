# SPDX-License-Identifier: GPL-3.0-or-later
"""A task's list of results over several polls: which of its images are still to be fetched, and is that all.

A place in the list means nothing: lists grow, and change their order, between two polls. An image is known by
the path of its link (what signs a link changes from poll to poll, the path does not), and by its content.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ..client.models import MODELS
from .job import Result

MOST_IMAGES: Final = max(model.max_images for model in MODELS.values())
"""The most images of a rescued task. It is not known how many were requested, but nobody can request more."""
MOST_FILES: Final = 100
"""The most files of a model. The service does not say how many it sends."""


@dataclass(frozen=True, kw_only=True)
class Asset:
    """One image of the list that is to be fetched."""

    index: int
    """The number that it gets among the job's results: its place in the list, where that is free."""
    link: str
    name: str
    """What it is known by at the service: `Result.asset`."""
    is_copy: bool = False
    """It is kept though its very bytes are here already: the service made the same picture twice."""


class Listing:
    """What the list has shown so far. Of one worker.

    Args:
        promised: how many images were asked for; 0 where that is not known.
        results: the images that were here before. Of those of an older Easel only the place is known.
        most: how many are taken where that is not known.
    """

    def __init__(self, promised: int, results: Sequence[Result], *, most: int = MOST_IMAGES) -> None:
        self._promised = promised
        self._most = most
        self._contents = {result.asset: result.content for result in results if result.asset}
        """SHA-256 by name, of all that was ever fetched."""
        self._assets: list[Asset] = []
        self._is_linked = False
        self._most_linked = 0
        self._saved = len(results)
        self._quiet_since: float | None = None

    @property
    def is_linked(self) -> bool:
        """True if every place of the list has its link. One that has none will have it soon."""
        return self._is_linked

    @property
    def wanted(self) -> int:
        """How many images there are to be: as many as were asked for, whatever the service lists."""
        return self._promised or max(min(len(self._assets), self._most), 1)

    @property
    def extra(self) -> int:
        """How many more the list has, which nobody asked for."""
        return max(len(self._assets) - self.wanted, 0)

    def see(self, links: Sequence[str], saved: int, now: float) -> None:
        """Take note of the list at one poll, empty if a link is not there yet; `saved`: images on disk."""
        paths = [_path_of(link) for link in links]
        linked = [path for path, link in zip(paths, links, strict=True) if link]
        # Where several share a path, something else in the link tells them apart.
        names = paths if len(set(linked)) == len(linked) else links
        self._assets = [
            Asset(index=index, link=link, name=name)
            for index, (link, name) in enumerate(zip(links, names, strict=True))
            if link
        ]
        self._is_linked = len(linked) == len(links)
        self._note_news(saved, now)

    def learn(self, contents: Mapping[str, str]) -> None:
        """Take note of what links led to: SHA-256 by `Asset.name`."""
        self._contents.update(contents)

    def quiet_s(self, now: float) -> float:
        """Seconds since the list last had something new."""
        return 0.0 if self._quiet_since is None else now - self._quiet_since

    def missing(self, results: Sequence[Result]) -> list[Asset]:
        """What is to be fetched next: what never was, as many at a time as images are still to come.

        Some may lead to images that are here: ask again until there is nothing.
        """
        old_places = {result.index for result in results if not (result.asset or result.content)}
        new = (
            asset
            for asset in self._assets
            if asset.name not in self._contents and asset.index not in old_places
        )
        return self._numbered(new, results)

    def copies(self, results: Sequence[Result]) -> list[Asset]:
        """What is to be kept though its very bytes are here, once the list is whole and stable.

        Before that, two places with one content may be one image whose link has changed.
        """
        here = Counter(result.content for result in results)
        more: list[Asset] = []
        for asset in self._assets:
            content = self._contents.get(asset.name, "")
            here[content] -= 1
            if content and here[content] < 0:
                more.append(asset)
        return self._numbered(iter(more), results, is_copy=True)

    def _note_news(self, saved: int, now: float) -> None:
        most_linked = min(max(self._most_linked, len(self._assets)), self._most)
        if self._quiet_since is None or most_linked > self._most_linked or saved > self._saved:
            self._quiet_since = now
        self._most_linked, self._saved = most_linked, saved

    def _numbered(
        self, assets: Iterator[Asset], results: Sequence[Result], *, is_copy: bool = False
    ) -> list[Asset]:
        """Give each its place as its number, or the next free one; no more than there is room for."""
        taken = {result.index for result in results}
        numbered: list[Asset] = []
        for asset in assets:
            if len(results) + len(numbered) >= self.wanted:
                break
            index = asset.index
            if index in taken or index >= self.wanted:
                index = next(number for number in range(len(taken) + 1) if number not in taken)
            taken.add(index)
            numbered.append(Asset(index=index, link=asset.link, name=asset.name, is_copy=is_copy))
        return numbered


def _path_of(link: str) -> str:
    """Return a link without its host, which may be another one tomorrow, and without what signs it."""
    return link.partition("://")[2].partition("#")[0].partition("?")[0].partition("/")[2]
