# SPDX-License-Identifier: GPL-3.0-or-later
"""The job type of Flamenco: `easel.js` beside this file, as it is."""

from __future__ import annotations

from pathlib import Path
from typing import Final

NAME: Final = "easel.js"
"""Its name in the Manager's folder `scripts`, which becomes the name of the job type."""


def job_type() -> bytes:
    """Return the script. Raises OSError."""
    return Path(__file__).with_name(NAME).read_bytes()
