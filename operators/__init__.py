# SPDX-License-Identifier: GPL-3.0-or-later
"""One user verb per class, thin: check, snapshot, submit or act, report."""

from . import capture, edit, generate, jobs, key, progress, service, sources

CLASSES = (
    *generate.CLASSES,
    *edit.CLASSES,
    *sources.CLASSES,
    *capture.CLASSES,
    *jobs.CLASSES,
    *key.CLASSES,
    *service.CLASSES,
    *progress.CLASSES,
)
