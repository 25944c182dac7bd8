# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of picture files that artists have: `KINDS`, each with the bytes of the same small picture.

Reference libraries write them: Pillow, tifffile, OpenEXR, imagecodecs, psd-tools. Kinds that none of them
writes are assembled from their output.
"""

import io
import struct
import zlib
from collections.abc import Mapping
from typing import Any, Final

import imagecodecs
import numpy as np
import tifffile
from exr_kinds import BLENDERS, DEPTH, EXRS, LAYERED, exr, exr_parts
from numpy.typing import NDArray
from PIL import Image, ImageCms, PngImagePlugin
from psd_tools import PSDImage
from sample_pictures import (
    EXCHANGED,
    GLASS,
    GREY,
    GREY_ALPHA,
    HEIGHT,
    LIGHT,
    OTHER,
    PALETTE,
    RGB,
    RGBA,
    SRGB,
    WIDTH,
    Make,
    exif,
    pillow,
    wide,
)

# -- PNG, JPEG, WebP ------------------------------------------------------------------------------------


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_with(make: Make, *chunks: tuple[bytes, bytes]) -> Make:
    def with_chunks() -> bytes:
        data = make()
        return data[:33] + b"".join(chunk(*one) for one in chunks) + data[33:]

    return with_chunks


def raw_png(rows: bytes, bits: int, colours: int, *, is_interlaced: bool = False) -> bytes:
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, bits, colours, 0, 0, is_interlaced)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def few_bits(bits: int) -> Make:
    def make() -> bytes:
        rows = [np.unpackbits((row >> (8 - bits))[:, None], axis=1)[:, 8 - bits :] for row in GREY]
        return raw_png(b"".join(b"\0" + np.packbits(row.ravel()).tobytes() for row in rows), bits, 0)

    return make


def interlaced() -> bytes:
    passes = (
        (0, 0, 8, 8),
        (4, 0, 8, 8),
        (0, 4, 4, 8),
        (2, 0, 4, 4),
        (0, 2, 2, 4),
        (1, 0, 2, 2),
        (0, 1, 1, 2),
    )
    parts = [RGB[y::down, x::across] for x, y, across, down in passes]
    return raw_png(
        b"".join(b"\0" + row.tobytes() for part in parts for row in part), 8, 2, is_interlaced=True
    )


def text(value: str) -> PngImagePlugin.PngInfo:
    texts = PngImagePlugin.PngInfo()
    texts.add_itxt("XML:com.adobe.xmp", value, zip=True)
    return texts


def cut(make: Make, share: float) -> Make:
    return lambda: (data := make())[: int(len(data) * share)]


def bad_checksum(make: Make, kind: bytes) -> Make:
    def make_bad() -> bytes:
        data = make()
        start = data.index(kind)
        end = start + 4 + struct.unpack(">I", data[start - 4 : start])[0]
        return data[:end] + bytes(4) + data[end + 4 :]

    return make_bad


def without_jfif(make: Make) -> Make:
    return lambda: (data := make())[:2] + data[4 + struct.unpack(">H", data[4:6])[0] :]


def cmyk() -> Image.Image:
    """Return a picture of four inks with black."""
    inks = np.array(Image.fromarray(RGB).convert("CMYK"))
    black = inks[..., :3].min(-1)
    values = np.dstack((inks[..., :3] - black[..., None], black))
    return Image.frombytes("CMYK", (WIDTH, HEIGHT), values.tobytes())


PNG: Final = pillow("PNG")
JPEG: Final = pillow("JPEG", quality=95, subsampling=0)
GAMMA: Final = (b"gAMA", struct.pack(">I", 100_000))
PRIMARIES: Final = (b"cHRM", struct.pack(">8I", 31270, 32900, 73470, 26530, 0, 100_000, 10, 10))
PNGS: Final[Mapping[str, Make]] = {
    "rgb": PNG,
    "rgba": pillow("PNG", RGBA),
    "grey": pillow("PNG", GREY),
    "grey-alpha": pillow("PNG", GREY_ALPHA),
    "opaque-alpha": pillow("PNG", np.dstack((RGB, np.full_like(GREY, 255)))),
    "palette": pillow("PNG", PALETTE),
    "palette-4bit": pillow("PNG", Image.fromarray(RGB).quantize(12), bits=4),
    "palette-alpha": pillow("PNG", PALETTE, transparency=bytes(range(56, 256))),
    "1bit": pillow("PNG", Image.fromarray(GREY).convert("1")),
    "2bit": few_bits(2),
    "4bit": few_bits(4),
    "clear-colour": pillow("PNG", RGB, transparency=tuple(RGB[5, 5].tolist())),
    "clear-grey": pillow("PNG", GREY, transparency=int(GREY[5, 5])),
    "16bit-grey": lambda: imagecodecs.png_encode(wide(GREY)),
    "16bit-rgb": lambda: imagecodecs.png_encode(wide(RGB)),
    "16bit-rgba": lambda: imagecodecs.png_encode(wide(RGBA)),
    "16bit-grey-alpha": lambda: imagecodecs.png_encode(wide(GREY_ALPHA)),
    "interlaced": interlaced,
    "animated": pillow("PNG", Image.fromarray(RGB), save_all=True, append_images=[Image.fromarray(OTHER)]),
    "profile-srgb": pillow("PNG", icc_profile=SRGB),
    "profile-exchanged": pillow("PNG", icc_profile=EXCHANGED),
    "profile-large": pillow("PNG", icc_profile=b"\0" * 1_500_000),
    "profile-broken": png_with(PNG, (b"iCCP", b"name\0\0nonsense")),
    "gamma": png_with(PNG, GAMMA),
    "gamma-primaries": png_with(PNG, GAMMA, PRIMARIES),
    "srgb-chunk": png_with(PNG, (b"sRGB", b"\0")),
    "cicp-srgb": png_with(PNG, (b"cICP", bytes((1, 13, 0, 1)))),
    "exif-lying": pillow("PNG", exif=exif(6)),
    "text-3MB": pillow("PNG", pnginfo=text("A" * 3_000_000)),
    "text-checksum": bad_checksum(pillow("PNG", pnginfo=text("A" * 30)), b"iTXt"),
    "clear-colour-broken": png_with(PNG, (b"tRNS", b"\0")),
    "many-chunks": png_with(
        pillow("PNG", dpi=(72, 72)), (b"sBIT", b"\5\6\5"), (b"bKGD", bytes(6)), (b"tIME", bytes(7))
    ),
    "no-end": lambda: PNG()[:-12],
    "more-behind": lambda: PNG() + b"more" * 99,
}
JPEGS: Final[Mapping[str, Make]] = {
    "444": JPEG,
    "420": pillow("JPEG", quality=95, subsampling=2),
    "grey": pillow("JPEG", GREY, quality=95),
    "progressive": pillow("JPEG", quality=95, subsampling=0, progressive=True),
    "restarts": pillow("JPEG", quality=95, subsampling=0, restart_marker_blocks=1),
    "cmyk": lambda: pillow("JPEG", cmyk(), quality=95, subsampling=0)(),
    "ycck": lambda: imagecodecs.jpeg8_encode(
        255 - np.asarray(cmyk()), 95, colorspace="CMYK", outcolorspace="YCCK"
    ),
    "rgb": lambda: imagecodecs.jpeg8_encode(RGB, 95, colorspace="RGB", outcolorspace="RGB"),
    "profile": pillow("JPEG", quality=95, subsampling=0, icc_profile=EXCHANGED),
    **{f"exif-{turn}": pillow("JPEG", quality=95, subsampling=0, exif=exif(turn)) for turn in range(1, 9)},
    "mpo": pillow(
        "MPO",
        Image.fromarray(RGB),
        save_all=True,
        append_images=[Image.fromarray(OTHER)],
        quality=95,
        subsampling=0,
    ),
    "cut-off": cut(JPEG, 0.7),
    "no-end": lambda: JPEG()[:-2],
    "more-behind": lambda: JPEG() + bytes(64),
    "comment": pillow("JPEG", quality=95, subsampling=0, comment=b"hello"),
    "no-jfif": without_jfif(JPEG),
}
WEBPS: Final[Mapping[str, Make]] = {
    "lossy": pillow("WEBP", quality=95),
    "lossless": pillow("WEBP", lossless=True),
    "alpha": pillow("WEBP", RGBA, quality=95),
    "alpha-lossless": pillow("WEBP", RGBA, lossless=True, exact=True),
    "animated": pillow(
        "WEBP", Image.fromarray(RGB), save_all=True, append_images=[Image.fromarray(OTHER)], lossless=True
    ),
    "profile": pillow("WEBP", lossless=True, icc_profile=EXCHANGED),
    "exif-lying": pillow("WEBP", lossless=True, exif=exif(6)),
    "xmp": pillow("WEBP", lossless=True, xmp=b"<x/>"),
}

# -- TIFF -----------------------------------------------------------------------------------------------


def tiff(picture: NDArray[Any] = RGB, *more: NDArray[Any], **options: Any) -> Make:
    def make() -> bytes:
        kept = dict(options)
        target = io.BytesIO()
        of_file = {name: kept.pop(name) for name in ("bigtiff", "byteorder") if name in kept}
        has_colours = picture.ndim == 3 and picture.shape[-1] > 2
        kept.setdefault("photometric", "rgb" if has_colours else "minisblack")
        with tifffile.TiffWriter(target, **of_file) as writer:
            for page in (picture, *more):
                writer.write(page, **kept)
        return target.getvalue()

    return make


def lab() -> Image.Image:
    srgb, other = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    change = ImageCms.buildTransform(srgb, other, "RGB", "LAB")
    return ImageCms.applyTransform(Image.fromarray(RGB), change)


def turned(orientation: int) -> list[tuple[int, int, int, int, bool]]:
    return [(274, 3, 1, orientation, True)]


PART: Final = (RGBA / 255).astype(np.float32)
TIFFS: Final[Mapping[str, Make]] = {
    "rgb": tiff(),
    "grey": tiff(GREY),
    "grey-alpha": tiff(GREY_ALPHA, extrasamples=["unassalpha"]),
    "alpha": tiff(RGBA, extrasamples=["unassalpha"]),
    "alpha-multiplied": tiff(
        np.dstack((RGB * (RGBA[..., 3:] / 255), RGBA[..., 3])).astype(np.uint8), extrasamples=["assocalpha"]
    ),
    "extra-channel": tiff(RGBA, extrasamples=["unspecified"]),
    **{name: tiff(compression=name) for name in ("lzw", "deflate", "packbits", "jpeg")},
    "lzw-predictor": tiff(compression="lzw", predictor=True),
    "tiled": tiff(tile=(16, 16)),
    "planes": tiff(np.ascontiguousarray(RGB.transpose(2, 0, 1)), planarconfig="separate", photometric="rgb"),
    "16bit-planes": tiff(
        np.ascontiguousarray(wide(RGB).transpose(2, 0, 1)), planarconfig="separate", photometric="rgb"
    ),
    "cmyk": lambda: tiff(np.asarray(cmyk()), photometric="separated")(),
    "lab": lambda: pillow("TIFF", lab())(),
    "palette": pillow("TIFF", PALETTE),
    "1bit": pillow("TIFF", Image.fromarray(GREY).convert("1")),
    "fax": pillow("TIFF", Image.fromarray(GREY).convert("1"), compression="group4"),
    "white-is-zero": tiff(255 - GREY, photometric="miniswhite"),
    "16bit-grey": tiff(wide(GREY)),
    "16bit": tiff(wide(RGB)),
    "16bit-alpha": tiff(wide(RGBA), extrasamples=["unassalpha"]),
    "16bit-big-endian": tiff(wide(RGB), byteorder=">"),
    "32bit": tiff(RGB.astype(np.uint32) * np.uint32(16843009)),
    "half": tiff(PART[..., :3].astype(np.float16)),
    "float": tiff(PART[..., :3]),
    "float-grey": tiff(PART[..., 0]),
    "float-alpha": tiff(PART, extrasamples=["unassalpha"]),
    "float-predictor": tiff(PART[..., :3], compression="deflate", predictor=True),
    "double": tiff(RGB / 255),
    "big": tiff(bigtiff=True),
    "big-endian": tiff(byteorder=">"),
    "pages": tiff(RGB, OTHER),
    "profile": tiff(iccprofile=EXCHANGED),
    **{f"turned-{turn}": tiff(extratags=turned(turn)) for turn in (2, 3, 6, 8)},
    "16bit-turned": tiff(wide(RGB), extratags=turned(6)),
}

# -- all others -----------------------------------------------------------------------------------------


def radiance(picture: NDArray[np.float32], size: str = "-Y %d +X %d", magic: bytes = b"#?RADIANCE") -> Make:
    def make() -> bytes:
        exponents = np.ceil(np.log2(np.maximum(picture.max(-1), 1e-9)))
        scaled = np.clip(picture * (256 / 2**exponents)[..., None], 0, 255).astype(np.uint8)
        values = np.dstack((scaled, (exponents + 128).astype(np.uint8)))
        head = magic + b"\nFORMAT=32-bit_rle_rgbe\n\n" + (size % (HEIGHT, WIDTH)).encode() + b"\n"
        return head + values.tobytes()

    return make


def psd(image: Image.Image) -> bytes:
    target = io.BytesIO()
    PSDImage.frompil(image).save(target)
    return target.getvalue()


def psd_layers() -> bytes:
    document, target = PSDImage.new("RGB", (WIDTH, HEIGHT)), io.BytesIO()
    document.create_pixel_layer(Image.fromarray(RGB), name="layer")
    document.save(target)
    return target.getvalue()


def targa_16() -> bytes:
    red, green, blue = (RGB[..., at].astype(np.uint16) >> 3 for at in range(3))
    head = struct.pack("<BBBHHBHHHHBB", 0, 0, 2, 0, 0, 0, 0, 0, WIDTH, HEIGHT, 16, 0x20)
    return head + ((red << 10) | (green << 5) | blue).astype("<u2").tobytes()


DXGI: Final = 128
"""The offset of the format's number in a DDS with a header of Direct3D 10."""


def dds_10(number: int) -> Make:
    """Return 4-byte pixels in one of Direct3D 10's formats."""

    def make() -> bytes:
        head = pillow("DDS", RGBA)()[:DXGI]
        form = struct.pack("<II4s20x", 32, 4, b"DX10")  # four letters instead of masks
        return head[:76] + form + head[108:] + struct.pack("<5I", number, 3, 0, 1, 0) + RGBA.tobytes()

    return make


def changed(make: Make, at: int, value: bytes) -> Make:
    return lambda: (data := make())[:at] + value + data[at + len(value) :]


def bmp_runs() -> bytes:
    """Write runs of one pixel each."""
    data = pillow("BMP", GREY)()
    (start,) = struct.unpack_from("<I", data, 10)
    rows = (b"".join(bytes((1, value)) for value in row.tolist()) + b"\0\0" for row in GREY[::-1])
    return data[:30] + struct.pack("<I", 1) + data[34:start] + b"".join(rows) + b"\0\1"


def psd_of_mode(mode: int, picture: NDArray[np.uint8]) -> bytes:
    channels = picture.reshape(HEIGHT, WIDTH, -1).transpose(2, 0, 1)
    head = struct.pack(">H6xHIIHH", 1, len(channels), HEIGHT, WIDTH, 8, mode)
    return b"8BPS" + head + bytes(12) + b"\0\0" + channels.tobytes()


OTHERS: Final[Mapping[str, Make]] = {
    "hdr/flat": radiance(LIGHT),
    "hdr/packed": lambda: imagecodecs.rgbe_encode(LIGHT),
    "hdr/other-magic": radiance(LIGHT, magic=b"#?RGBE"),
    "jp2/rgb": lambda: imagecodecs.jpeg2k_encode(RGB, codecformat="jp2", level=0),
    "jp2/grey": lambda: imagecodecs.jpeg2k_encode(GREY, codecformat="jp2", level=0),
    "jp2/alpha": lambda: imagecodecs.jpeg2k_encode(RGBA, codecformat="jp2", level=0),
    "jp2/16bit": lambda: imagecodecs.jpeg2k_encode(wide(RGB), codecformat="jp2", level=0),
    "jp2/12bit": lambda: imagecodecs.jpeg2k_encode(
        wide(RGB) >> 4, codecformat="jp2", level=0, bitspersample=12
    ),
    "j2k/codestream": lambda: imagecodecs.jpeg2k_encode(RGB, codecformat="j2k", level=0),
    "j2c/high-throughput": lambda: imagecodecs.htj2k_encode(RGB),
    "avif/rgb": pillow("AVIF", quality=95, subsampling="4:4:4"),
    "avif/alpha": pillow("AVIF", RGBA, quality=95, subsampling="4:4:4"),
    "avif/turned": pillow("AVIF", quality=95, subsampling="4:4:4", exif=exif(6)),
    "avif/grey": lambda: imagecodecs.avif_encode(GREY, 95),
    "avif/10bit": lambda: imagecodecs.avif_encode(wide(RGB) >> 6, 95, bitspersample=10),
    "avif/12bit": lambda: imagecodecs.avif_encode(wide(RGB) >> 4, 95, bitspersample=12),
    "psd/rgb": lambda: psd(Image.fromarray(RGB)),
    "psd/alpha": lambda: psd(Image.fromarray(RGBA)),
    "psd/grey": lambda: psd(Image.fromarray(GREY)),
    "psd/cmyk": lambda: psd(cmyk()),
    "psd/layers": psd_layers,
    "dds/rgb": pillow("DDS"),
    "dds/alpha": pillow("DDS", RGBA),
    "dds/dxt1": pillow("DDS", RGBA, pixel_format="DXT1"),
    "dds/dxt3": pillow("DDS", RGBA, pixel_format="DXT3"),
    "dds/dxt5": pillow("DDS", RGBA, pixel_format="DXT5"),
    "dds/dxt2": changed(pillow("DDS", RGBA, pixel_format="DXT3"), 84, b"DXT2"),
    "dds/bc5": changed(pillow("DDS", pixel_format="BC5"), DXGI, b"\x53"),
    "dds/bgrx": dds_10(88),
    "sgi/rgb": pillow("SGI"),
    "sgi/alpha": pillow("SGI", RGBA),
    "sgi/grey": pillow("SGI", GREY),
    "sgi/16bit": pillow("SGI", bpc=2),
    "bmp/24bit": pillow("BMP"),
    "bmp/32bit": pillow("BMP", RGBA),
    "bmp/palette": pillow("BMP", PALETTE),
    "bmp/grey": pillow("BMP", GREY),
    "bmp/1bit": pillow("BMP", Image.fromarray(GREY).convert("1")),
    "tga/raw": pillow("TGA"),
    "tga/packed": pillow("TGA", compression="tga_rle"),
    "tga/alpha": pillow("TGA", RGBA),
    "tga/grey": pillow("TGA", GREY),
    "tga/top-first": pillow("TGA", orientation=1),
    "tga/palette": pillow("TGA", PALETTE),
    "tga/16bit": targa_16,
    "gif/frames": pillow("GIF", PALETTE, save_all=True, append_images=[Image.fromarray(OTHER).quantize(200)]),
}
KINDS: Final[Mapping[str, Make]] = {
    **{f"png/{name}": make for name, make in PNGS.items()},
    **{f"jpg/{name}": make for name, make in JPEGS.items()},
    **{f"webp/{name}": make for name, make in WEBPS.items()},
    **{f"tif/{name}": make for name, make in TIFFS.items()},
    **{f"exr/{name}": make for name, make in EXRS.items()},
    **{f"exr/layers-{name}": make for name, make in LAYERED.items()},
    **OTHERS,
}
"""By the file's suffix and its speciality."""
UNREAD: Final[Mapping[str, Make]] = {
    "jxl/JPEG XL": lambda: imagecodecs.jpegxl_encode(RGB, lossless=True),
    "qoi/QOI": lambda: imagecodecs.qoi_encode(RGB),
    "jxr/JPEG XR": lambda: imagecodecs.jpegxr_encode(RGB),
    "jls/JPEG-LS": lambda: imagecodecs.jpegls_encode(RGB),
    "ppm/Netpbm": pillow("PPM"),
    "pgm/Netpbm": pillow("PPM", GREY),
    "pfm/PFM": pillow("PPM", Image.fromarray(LIGHT[..., 0].copy())),
    "ico/ICO": pillow("ICO", RGBA),
    "pcx/PCX": pillow("PCX"),
    "icns/ICNS": pillow("ICNS", Image.fromarray(RGBA).resize((64, 64))),
    "pdf/PDF": pillow("PDF"),
    "svg/SVG": lambda: b'<svg xmlns="http://www.w3.org/2000/svg" width="48" height="32"/>',
    "heic/HEIF": lambda: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
    "exr/OpenEXR (ZSTD)": exr({"RGB": LIGHT}, "ZSTD"),
    "exr/OpenEXR (LJ2K)": exr({"RGB": LIGHT}, "LJ2K"),
    "EXR/OpenEXR (ZSTD)": exr(BLENDERS, "ZSTD"),
    "EXR/OpenEXR (LJ2K)": exr_parts("LJ2K", rgba={"RGBA": GLASS}, z={"Z": DEPTH["Depth.Z"]}),
    "jpg/JPEG (12-bit)": lambda: imagecodecs.jpeg_encode(wide(RGB) >> 4, 95, bitspersample=12),
    "jpg/JPEG (lossless)": lambda: imagecodecs.jpeg_encode(RGB, lossless=True),
    "JPG/JPEG (lossless)": lambda: imagecodecs.jpeg_encode(wide(RGB), lossless=True),
    "dds/DDS (BC5 typeless)": pillow("DDS", pixel_format="BC5"),
    "dds/DDS (BC5S)": changed(pillow("DDS", pixel_format="BC5"), DXGI, b"\x54"),
    "dds/DDS (BC4S)": changed(pillow("DDS", RGBA, pixel_format="DXT1"), 84, b"BC4S"),
    "dds/DDS (DXGI 2)": dds_10(2),
    "dds/DDS (113)": changed(pillow("DDS", RGBA, pixel_format="DXT3"), 84, b"\x71\0\0\0"),
    "tif/TIFF (ZSTD)": tiff(compression="zstd"),
    "tif/TIFF (LZMA)": tiff(compression="lzma"),
    "tif/TIFF (JPEG XL)": tiff(compression="jpegxl"),
    "tif/TIFF (complex)": tiff(GREY.astype(np.complex64)),
    "tif/TIFF (64-bit)": tiff(GREY.astype(np.uint64)),
    "bmp/BMP (RLE)": bmp_runs,
    "psd/PSD (Lab)": lambda: psd_of_mode(9, RGB),
    "psd/PSD (Duotone)": lambda: psd_of_mode(8, GREY),
}
"""Files that no Blender reads, by suffix and name; capitals distinguish two of one name."""
