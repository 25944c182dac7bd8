# SPDX-License-Identifier: GPL-3.0-or-later
"""Enable the extension for a benchmark, with an empty library and without a service."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def enabled() -> Iterator[Path]:
    """Enable it, and yield the library's folder, which is removed at the end."""
    from dev_extension import DevExtension

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        os.environ |= {
            "EASEL_LIBRARY": folder,
            "EASEL_API_URL": "http://127.0.0.1:9",
            "EASEL_API_KEY": "none",
        }
        extension = DevExtension()
        extension.install()
        try:
            yield Path(folder)
        finally:
            extension.remove()
