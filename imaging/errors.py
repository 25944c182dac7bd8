# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors about images and their files: a branch of `texts.refusal`."""

from __future__ import annotations

from ..texts.refusal import Refusal


class ImagingError(Refusal):
    """An image or its file can't be used."""


class SnapshotFailed(ImagingError):
    """The main thread could not read the pixels it had promised."""


class SourceUnreadable(ImagingError):
    """A source is missing, may not be read, or is in no format that Easel knows."""


class NotAnImage(ImagingError):
    """The bytes are not a PNG, JPEG or WebP; the text says what they are instead."""


class ImageEmpty(ImagingError):
    """The image has no pixels."""


class ImageTooLarge(ImagingError):
    """The header claims more pixels than are safe to decode, or than the format can hold."""


class ImageDamaged(ImagingError):
    """The header is right, but the pixels are truncated or corrupt."""


class ModelDamaged(ImagingError):
    """The bytes are not a complete 3D model."""


class NoViews(ImagingError):
    """No views were found in a turnaround sheet."""


class SurfaceUnusable(ImagingError):
    """A mesh, or its views, can't be painted."""


class FileNotWritten(ImagingError):
    """A file can't be written: no permission, or the folder is gone."""


class Abandoned(ImagingError):
    """Nobody needs the files any more; the written ones are removed."""


class DiskFull(FileNotWritten):
    """A file can't be written because space (or quota) is used up."""
