# SPDX-License-Identifier: GPL-3.0-or-later
"""One user verb per class, thin: check, snapshot, submit or act, report."""

from . import (
    capture,
    diagnostics,
    drop,
    edit,
    generate,
    history,
    jobs,
    key,
    masks,
    menus,
    paint_edit,
    presets,
    progress,
    prompts,
    service,
    show,
    sources,
    view_edit,
)

CLASSES = (
    *generate.CLASSES,
    *prompts.CLASSES,
    *presets.CLASSES,
    *edit.CLASSES,
    *view_edit.CLASSES,
    *sources.CLASSES,
    *capture.CLASSES,
    *masks.CLASSES,
    *menus.CLASSES,
    *drop.CLASSES,
    *history.CLASSES,
    *paint_edit.CLASSES,
    *jobs.CLASSES,
    *key.CLASSES,
    *service.CLASSES,
    *progress.CLASSES,
    *show.CLASSES,
    *diagnostics.CLASSES,
)
