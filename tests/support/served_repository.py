# SPDX-License-Identifier: GPL-3.0-or-later
"""A studio's extension repository: zips of several versions, and a plain web server for a folder."""

import contextlib
import functools
import http.server
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_args: object) -> None:
        """Log nothing."""


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on loopback. Yields the server's address."""
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def in_version(package: Path, version: str, folder: Path) -> Path:
    """Copy a zip with another version."""
    old_version = package.name.split("-")[1]
    made = folder / package.name.replace(f"-{old_version}-", f"-{version}-")
    with zipfile.ZipFile(package) as old, zipfile.ZipFile(made, "w") as new:
        for item in old.infolist():
            data = old.read(item)
            if item.filename.endswith("blender_manifest.toml"):
                data = data.replace(f'version = "{old_version}"'.encode(), f'version = "{version}"'.encode())
            new.writestr(item, data)
    return made
