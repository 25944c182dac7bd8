# SPDX-License-Identifier: GPL-3.0-or-later
"""The message when Blender quits. Blender lets no add-on ask or delay quitting. Main thread."""

from __future__ import annotations

import logging
import time

from ...texts.wording import life_text
from . import listed, session

logger = logging.getLogger(__name__)


def tell() -> None:
    """Log what is paid for and not on disk, before the engine is stopped."""
    if session.find_engine() is None:
        return
    left = [job for job in listed.state().open.values() if job.is_at_service]
    if left:
        first = min(job.expires_at for job in left)
        logger.warning(
            "Paid for and not on disk yet: %d (the first: %s). The next start collects them, and so does:"
            " blender --online-mode --command easel collect",
            len(left),
            life_text(first - time.time()),
        )
