# SPDX-License-Identifier: GPL-3.0-or-later
"""Layers of OpenEXR files as sources: which one is chosen, and a thread that writes it to a separate file."""

from __future__ import annotations

import io
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import bpy

from ...imaging.errors import ImagingError
from ...imaging.exr_layers import Layer, write_layer
from ...imaging.files import HeldFolder, open_regular
from ...texts.phrases import phrase
from .borrowed import Stored

PROPERTY = "easel_layer"
"""Property of `bpy.types.Image`: the name of the layer to send; empty: the combined picture."""


def meant_layer(image: bpy.types.Image, layers: Sequence[Layer]) -> Layer | None:
    """Return the layer of an image to send: the chosen one, else the first; None if there are no layers."""
    chosen = getattr(image, PROPERTY)
    return next((layer for layer in layers if layer.name == chosen), next(iter(layers), None))


class LayerFile:
    """A file of one layer, written by a thread, because files of renders have up to gigabytes."""

    def __init__(self, stored: Stored, layer: Layer) -> None:
        """Begin. Main thread."""
        self.is_done = threading.Event()
        self.stored: Stored | None = None
        """The content to read; None if writing failed."""
        self.failure = ""
        self._wanted, self._layer = stored, layer
        self._parent = Path(bpy.app.tempdir)
        try:
            threading.Thread(target=self._run, name="easel-layer", daemon=True).start()
        except RuntimeError as error:  # too many threads
            self.failure = str(error)
            self.is_done.set()

    def _run(self) -> None:
        wanted, layer, content = self._wanted, self._layer, self._wanted.content
        try:
            folder = HeldFolder(self._parent)
            path = folder.path / "layer.exr"
            with (
                io.BytesIO(content) if isinstance(content, bytes) else open_regular(content) as file,
                path.open("wb") as to,
            ):
                write_layer(file, layer, to)
            self.stored = replace(wanted, content=path, layer=None, is_layered=layer.is_bound, folder=folder)
        except ImagingError as error:
            self.failure = str(error)
        except (OSError, MemoryError) as error:
            self.failure = phrase(
                "“{image}”: its layer could not be read: {error}", image=wanted.name, error=error
            )
        finally:
            self.is_done.set()
