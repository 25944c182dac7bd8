#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# bpy 4.2.23, 5.2.3 and 5.3.0: an sRGB PNG of 16 bits is loaded, one pixel is changed, and the image is packed; the .blend is
# saved and opened again. All colours have become darker: 0.33 of light is 0.089. `pack` writes the light as an OpenEXR, but
# the image stays sRGB, so it is decoded once more when it is read. Not changed, with 8 bits, or as Non-Color it keeps
# its values, and so it does in the session that packed it.
for blender in "3.11 bpy==4.2.23 numpy==1.24.4" "3.13 bpy==5.2.3 numpy==2.5.5" "3.13 bpy==5.3.0 numpy==2.5.5"; do
  # shellcheck disable=SC2086
  "$(dirname "$0")/python-with" $blender <<'PYTHON' || exit 1
import struct
import zlib
from pathlib import Path

import bpy
import numpy as np

SIDE = 8
version = bpy.app.version_string


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(bits):
    """An opaque picture of one colour, 0.61 as it is encoded."""
    value = round(0.61 * (2**bits - 1))
    rows = np.full((SIDE, SIDE * 3), value, f">u{bits // 8}")
    lines = b"".join(b"\0" + row.tobytes() for row in rows)
    head = struct.pack(">IIBBBBB", SIDE, SIDE, bits, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


def packed(bits, space="sRGB", is_changed=True):
    """Return red of a pixel that is not changed: when loaded, once packed, and after the file is opened again."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    Path("bark.png").write_bytes(png(bits))
    image = bpy.data.images.load(str(Path("bark.png").resolve()))
    image.name, image.use_fake_user = "bark", True
    image.colorspace_settings.name = space
    seen = [image.pixels[0]]
    if is_changed:
        image.pixels[(SIDE * SIDE - 1) * 4] = 0.25
        image.update()
    image.pack()
    seen.append(image.pixels[0])
    kind = bytes(image.packed_file.data[:4])
    bpy.ops.wm.save_as_mainfile(filepath=str(Path("bark.blend").resolve()))
    bpy.ops.wm.open_mainfile(filepath=str(Path("bark.blend").resolve()))
    image = bpy.data.images["bark"]
    assert image.colorspace_settings.name == space
    seen.append(image.pixels[0])
    return tuple(round(value, 3) for value in seen), "OpenEXR" if kind == b"v/1\1" else "PNG"


seen = {
    "16 bits": packed(16),
    "16 bits, not changed": packed(16, is_changed=False),
    "16 bits, Non-Color": packed(16, space="Non-Color"),
    "8 bits": packed(8),
}
for name, (values, kind) in seen.items():
    print(f"Blender {version}, {name}: loaded, packed, opened again {values}, packed as {kind}")
dark, kind = seen.pop("16 bits")
assert kind == "OpenEXR"
assert np.allclose(dark, (0.33, 0.33, 0.089), atol=0.002)
assert all(len(set(values)) == 1 for values, _ in seen.values())
PYTHON
done
