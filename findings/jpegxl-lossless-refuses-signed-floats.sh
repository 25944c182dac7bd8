#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# libjxl 0.12.0 (imagecodecs 2026.10.10): a lossless JPEG XL of 32-bit floats is refused when neighbouring values change
# their sign, as in a noisy normal or displacement map. The error is a bare "generic". Effort 9 takes the same array and
# gives it back bit by bit; so does every effort for values of one sign, and for the same values as 16-bit floats.
exec "$(dirname "$0")/python-with" 3.13 imagecodecs==2026.10.10 numpy==2.5.5 <<'PYTHON'
import imagecodecs
import numpy as np


def kept(array, **options):
    try:
        encoded = imagecodecs.jpegxl_encode(array, lossless=True, **options)
    except imagecodecs.JpegxlError as error:
        return str(error).rpartition(" ")[2]
    return bool(np.array_equal(imagecodecs.jpegxl_decode(encoded), array))


noise = np.random.default_rng(1).random((32, 32, 3), np.float32)
signed = noise - np.float32(0.5)
seen = {
    "0 to 1": kept(noise),
    "0 to 4": kept(noise * 4),
    "-0.5 to 0.5": kept(signed),
    "-0.5 to 0.5, effort 3": kept(signed, effort=3),
    "-0.5 to 0.5, effort 9": kept(signed, effort=9),
    "-0.5 to 0.5, 16 bits": kept(signed.astype(np.float16)),
}
print(imagecodecs.jpegxl_version(), seen)
assert seen == {
    "0 to 1": True,
    "0 to 4": True,
    "-0.5 to 0.5": "JXL_ENC_ERR_GENERIC",
    "-0.5 to 0.5, effort 3": "JXL_ENC_ERR_GENERIC",
    "-0.5 to 0.5, effort 9": True,
    "-0.5 to 0.5, 16 bits": True,
}
PYTHON
