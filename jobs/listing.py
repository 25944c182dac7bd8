# SPDX-License-Identifier: GPL-3.0-or-later
"""A task's list of results over several polls: which images are still to be fetched, and is it complete?

A place in the list means nothing, because lists grow and change their order between two polls. An image is
identified by the path of its link, and by its content. (The signature in a link changes from poll to poll,
the path does not.)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ..client.models import MODELS
from .job import Result

MOST_IMAGES: Final = max(model.max_images for model in MODELS.values())
"""The most images of a rescued task. How many were requested is unknown, but nobody can request more."""
MOST_FILES: Final = 100
"""The most files of a model. The service does not say how many it sends."""


@dataclass(frozen=True, kw_only=True)
class Asset:
    """One image of the list that has to be fetched."""

    index: int
    """Its number among the job's results: its place in the list, or the next free one."""
    link: str
    name: str
    """The service's name for it: `Result.asset`."""
    is_copy: bool = False
    """Keep it although the same bytes are here already: the service made the same picture twice."""


class Listing:
    """What the list has shown so far. Belongs to one worker.

    Args:
        promised: the number of requested images; 0 if unknown.
        results: the images that were here before. For results of an older Easel only the place is known.
        most: the most images to take if the number is unknown.
    """

    def __init__(self, promised: int, results: Sequence[Result], *, most: int = MOST_IMAGES) -> None:
        self._promised = promised
        self._most = most
        self._contents = {result.asset: result.content for result in results if result.asset}
        """SHA-256 by name, of everything that was ever fetched."""
        self._assets: list[Asset] = []
        self._is_linked = False
        self._most_linked = 0
        self._saved = len(results)
        self._quiet_since: float | None = None

    @property
    def is_linked(self) -> bool:
        """Whether every place of the list has a link. A place without one will get it soon."""
        return self._is_linked

    @property
    def wanted(self) -> int:
        """The number of images to fetch: as many as were requested, whatever the service lists."""
        return self._promised or max(min(len(self._assets), self._most), 1)

    @property
    def extra(self) -> int:
        """How many more images the list has than were requested."""
        return max(len(self._assets) - self.wanted, 0)

    def see(self, links: Sequence[str], saved: int, now: float) -> None:
        """Read the list of one poll, empty if a link is missing; `saved`: images on disk."""
        paths = [_path_of(link) for link in links]
        linked = [path for path, link in zip(paths, links, strict=True) if link]
        # If several share a path, something else in the link tells them apart.
        names = paths if len(set(linked)) == len(linked) else links
        self._assets = [
            Asset(index=index, link=link, name=name)
            for index, (link, name) in enumerate(zip(links, names, strict=True))
            if link
        ]
        self._is_linked = len(linked) == len(links)
        self._note_news(saved, now)

    def learn(self, contents: Mapping[str, str]) -> None:
        """Record the content behind links: SHA-256 by `Asset.name`."""
        self._contents.update(contents)

    def quiet_s(self, now: float) -> float:
        """Seconds since something new appeared in the list."""
        return 0.0 if self._quiet_since is None else now - self._quiet_since

    def missing(self, results: Sequence[Result]) -> list[Asset]:
        """Return what to fetch next: new images, at most as many as are still missing.

        Some may turn out to be images that are here: ask again until nothing is returned.
        """
        old_places = {result.index for result in results if not (result.asset or result.content)}
        new = (
            asset
            for asset in self._assets
            if asset.name not in self._contents and asset.index not in old_places
        )
        return self._numbered(new, results)

    def copies(self, results: Sequence[Result]) -> list[Asset]:
        """Return images to keep although the same bytes are here, once the list is complete and stable.

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
        """Number the assets by their places, or by the next free numbers; no more than fit."""
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
    """Return a link without its host, which may change, and without its signature."""
    return link.partition("://")[2].partition("#")[0].partition("?")[0].partition("/")[2]
