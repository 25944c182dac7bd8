# SPDX-License-Identifier: GPL-3.0-or-later
"""Draw pictures for prompts. The same prompt, seed, number and size give the same bytes.

Everything is drawn with at most `DRAWN_SIDE` pixels on the longer side and enlarged: 4K takes half a second.
"""

import colorsys
import hashlib
import io
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFont, ImageStat

from .canvas import Canvas, Colour, Pixels, mix, ramp, scale, smooth
from .materials import BY_WORD, Material
from .models import Size
from .orders import Order
from .texturers import BY_KEY as TEXTURERS, CONVERT
from .tools import BY_KEY as TOOLS

DRAWN_SIDE = 768  # pixels of the longer side, at most, unless a test is content with fewer
_MARK = "SIMULATED"
_SECOND_SHARE = 0.35  # of the surface that a second material covers
_TRANSPARENT = ("transparent", "透明")
_SHEET = re.compile(r"turnaround sheet", re.IGNORECASE)
_VIEWS = re.compile(r"sheet of one and the same 3D model")
_BACKDROP, _NEAR = 128, 3  # the grey of such a sheet, and how close to it a pixel counts as backdrop
_LIT = 175.0  # of such a sheet: pixels this bright keep the colours unchanged
_WORD = re.compile(r"[^\W\d_]+")

Subject = Callable[[Canvas, str], Pixels]

_COLOURS: Mapping[str, Colour] = MappingProxyType({
    "red": (196, 40, 36), "crimson": (168, 20, 48), "orange": (236, 128, 32), "yellow": (240, 206, 52),
    "green": (54, 148, 62), "emerald": (24, 146, 96), "turquoise": (48, 190, 184), "teal": (16, 128, 128),
    "blue": (44, 92, 200), "navy": (24, 36, 98), "purple": (122, 56, 168), "violet": (134, 76, 200),
    "pink": (236, 128, 172), "magenta": (206, 40, 150), "brown": (116, 74, 42), "black": (30, 30, 32),
    "white": (242, 242, 240), "grey": (132, 132, 134), "gray": (132, 132, 134),
})  # fmt: skip


def draw_order(order: Order, index: int, drift: tuple[float, float, float], side: int = DRAWN_SIDE) -> bytes:
    """Return one image of an order as the bytes of its file."""
    if order.model in TOOLS:
        return encode(_retouched(order), order.output_format)
    if order.files:
        from .sculpting import picture_size, sculpt
        from .texturing import texture

        if order.model == CONVERT:
            return sculpt(order, Image.new("RGB", picture_size()), "fbx")
        drawn = draw_prompt(order.prompt or "object", order.seed, 0, picture_size())
        if order.model in TEXTURERS:
            return texture(order, drawn)
        return sculpt(order, drawn, order.suffix(index))
    if order.edit and order.sources and order.sources[0].path is not None:
        prompt = order.prompt if _VIEWS.search(order.prompt) is None else order.prompt.partition("\n\n")[0]
        pattern = draw_prompt(prompt, order.seed, index, order.size, subject=_wash, side=side)
        way = Image.Resampling.BICUBIC if side >= DRAWN_SIDE else Image.Resampling.BILINEAR
        image = _edit(order, pattern, drift, way)
    else:
        image = draw_prompt(order.prompt, order.seed, index, order.size, side=side)
    if _SHEET.search(order.prompt) is not None:
        image = _turnaround(image)
    _sign(image)
    return encode(image, order.output_format)


def _retouched(order: Order) -> Image.Image:
    from .retouching import cut_out, enhanced

    path = order.sources[0].path
    if path is None:
        raise ValueError("The source was not kept.")
    if not TOOLS[order.model].enlarges:
        return cut_out(path)  # unsigned: the sign would become a part of the subject
    image = enhanced(path, order.size)
    _sign(image)
    return image


def encode(image: Image.Image, output_format: str) -> bytes:
    """Return the image as a file of that format."""
    buffer = io.BytesIO()
    match output_format:
        case "jpeg":
            image.save(buffer, "JPEG", quality=92, subsampling=0)
        case "webp":
            image.save(buffer, "WEBP", quality=90, method=0)
        case _:
            image.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def draw_prompt(
    prompt: str,
    seed: int | None,
    index: int,
    size: Size,
    *,
    subject: Subject | None = None,
    side: int = DRAWN_SIDE,
) -> Image.Image:
    """Draw a prompt, unsigned; `subject` draws it if it names no material."""
    shrink = min(1.0, side / max(size))
    width, height = max(1, round(size[0] * shrink)), max(1, round(size[1] * shrink))
    canvas = Canvas(width, height, f"{prompt}|{seed}|{index}")
    words = [word.lower() for word in _WORD.findall(prompt)]
    materials = _materials(words)
    pixels = materials[0](canvas) if materials else (subject or _figure)(canvas, prompt)
    if len(materials) > 1:
        patches = smooth(1 - _SECOND_SHARE - 0.04, 1 - _SECOND_SHARE + 0.04, canvas.noise(3, 5))
        pixels = mix(pixels, materials[1](canvas), patches)
    colour = _colour(words)
    if colour is not None:
        pixels = _tinted(pixels, colour)
    down = np.linspace(1.08, 0.88, height, dtype=np.float32)[:, None]  # light falls from above
    image = Image.fromarray(scale(pixels, down))
    # A small picture needs no detail: squares are an eighth of the bytes, and a quarter of the time.
    way = Image.Resampling.BICUBIC if side >= DRAWN_SIDE else Image.Resampling.NEAREST
    return image if image.size == size else image.resize(size, way)


def _materials(words: list[str]) -> list[Material]:
    """Return the materials that the words call for, in their order, each once."""
    found: list[Material] = []
    for word in words:
        for start, material in BY_WORD.items():
            short = len(start) <= 3  # "sea" is not in "season", "ice" not in "iceberg"
            if (word in (start, start + "s") if short else word.startswith(start)) and material not in found:
                found.append(material)
    return found


def _colour(words: list[str]) -> Colour | None:
    return next((_COLOURS[word] for word in words if word in _COLOURS), None)


def _own_colours(prompt: str) -> list[Colour]:
    """Return five colours that fit together, determined by the prompt."""
    digest = hashlib.sha256(prompt.encode("utf-8", "surrogatepass")).digest()
    hue, step = digest[0] / 256, (0.08, 0.33, 0.5, 0.58)[digest[1] % 4]
    colours: list[Colour] = []
    tones = ((0, 0.5, 0.2), (0, 0.55, 0.5), (0, 0.35, 0.92), (step, 0.75, 0.85), (step, 0.2, 1.0))
    for turn, saturation, value in tones:
        red, green, blue = colorsys.hsv_to_rgb((hue + turn) % 1, saturation, value)
        colours.append((round(red * 255), round(green * 255), round(blue * 255)))
    return colours


def _figure(c: Canvas, prompt: str) -> Pixels:
    """Draw something with a left, a right, a top and a bottom, for a prompt that names no material."""
    dark, middle, pale, accent, bright = _own_colours(prompt)
    wall = ramp(np.broadcast_to(0.5 - c.y * 0.8, (c.height, c.width)), [middle, pale])
    ground = ramp(0.4 + 0.4 * c.noise(3, 4, stretch=4) - c.y * 0.3, [dark, middle])
    pixels = mix(wall, ground, smooth(0.27, 0.275, np.broadcast_to(c.y, (c.height, c.width))))
    is_plain = "plain" in prompt.lower()
    if is_plain:
        pixels = np.full_like(pixels, 240)
    elif any(word in prompt.lower() for word in _TRANSPARENT):  # like models, which can't make transparency
        square, is_plain = max(4, c.height // 32), True
        rows, columns = np.indices((c.height, c.width)) // square
        pixels[:] = np.where((rows + columns) % 2, 204, 250)[..., None]
    half = c.noise(5, 3)
    lobes = (half + half[:, ::-1]) * 0.5
    reach = np.hypot(c.x * 1.25, c.y + 0.02).astype(np.float32)
    inside = smooth(0.0, 0.02, 0.2 + 0.3 * lobes - reach)
    shadow = np.exp(-((c.x / 0.34) ** 2 + ((c.y - 0.34) / 0.05) ** 2)).astype(np.float32)
    if not is_plain:
        pixels = scale(pixels, 1 - 0.5 * shadow)
    bands = 0.5 + 0.5 * np.sin(lobes * 24 + c.y * 12)
    lit = 0.35 + 0.45 * bands - 0.6 * c.y - 0.25 * c.x
    body = ramp(lit.astype(np.float32), [dark, accent, bright])
    return mix(pixels, body, inside)


def _wash(c: Canvas, prompt: str) -> Pixels:
    """Draw clouds of the prompt's own colours, to be laid over an edit's source."""
    dark, middle, pale, accent, _ = _own_colours(prompt)
    return mix(
        ramp(c.noise(3, 4), [dark, middle, pale]), ramp(c.noise(5, 2), [middle, accent]), c.noise(2, 2)
    )


def _tinted(pixels: Pixels, colour: Colour) -> Pixels:
    """Give the pixels a colour, keeping their brightness against each other."""
    grey = np.asarray(Image.fromarray(pixels).convert("L"), np.float32) / 255
    lightest = (min(255, colour[0] + 90), min(255, colour[1] + 90), min(255, colour[2] + 90))
    darkest = (colour[0] // 4, colour[1] // 4, colour[2] // 4)
    return mix(pixels, ramp(grey, [darkest, colour, lightest]), np.full((1, 1), 0.75, np.float32))


def _edit(
    order: Order, pattern: Image.Image, drift: tuple[float, float, float], way: Image.Resampling
) -> Image.Image:
    """Repaint the first source in the prompt's manner; the second one determines the mood."""
    source = _load(order.sources[0].path, order.size)
    if _VIEWS.search(order.prompt) is not None:
        return _drifted(_painted_views(source, pattern), drift, way)
    overlaid = ImageChops.soft_light(source, pattern)
    image = Image.blend(source, overlaid, 0.85)
    image = Image.blend(image, pattern, 0.22)
    tint = Image.new("RGB", image.size, _mean(pattern))
    image = Image.blend(image, ImageChops.soft_light(image, tint), 0.5)
    if len(order.sources) > 1 and order.sources[1].path is not None:
        mood = _mean(_load(order.sources[1].path, (64, 64)))
        image = Image.blend(image, Image.new("RGB", image.size, mood), 0.12)
    return _drifted(image, drift, way)


def _painted_views(sheet: Image.Image, pattern: Image.Image) -> Image.Image:
    """Paint the views of a 3D model on a sheet: with their own light, and without changing the backdrop."""
    values = np.asarray(sheet, np.float32)
    is_model = (np.abs(values - _BACKDROP) > _NEAR).any(2, keepdims=True)
    painted = np.clip(np.asarray(pattern, np.float32) * values.mean(2, keepdims=True) / _LIT, 0, 255)
    return Image.fromarray(np.where(is_model, painted, values).astype(np.uint8))


def _load(path: Path | None, size: Size) -> Image.Image:
    """Open a source as RGB over white, covering `size`; both sides are cropped equally."""
    if path is None:
        raise ValueError("The source was not kept.")
    with Image.open(path) as opened:
        opened.draft("RGB", size)
        if opened.mode in ("RGBA", "LA", "PA") or "transparency" in opened.info:
            layer = opened.convert("RGBA")
            image = Image.new("RGB", layer.size, (255, 255, 255))
            image.paste(layer, mask=layer.getchannel("A"))
        else:
            image = opened.convert("RGB")
    cover = min(image.width / size[0], image.height / size[1])
    width, height = size[0] * cover, size[1] * cover
    left, top = (image.width - width) / 2, (image.height - height) / 2
    box = (left, top, left + width, top + height)
    return image.resize(size, Image.Resampling.BICUBIC, box=box)


def _mean(image: Image.Image) -> Colour:
    red, green, blue = (round(value) for value in ImageStat.Stat(image).mean)
    return red, green, blue


def _drifted(image: Image.Image, drift: tuple[float, float, float], way: Image.Resampling) -> Image.Image:
    """Move the picture right and down and scale it about its middle; its border pixels fill the rest."""
    right, down, factor = drift
    if (right, down, factor) == (0, 0, 1):
        return image
    width, height = image.size
    margin = 16 + int(max(abs(right), abs(down)) + max(width, height) * abs(1 - 1 / factor))
    padded = np.pad(np.asarray(image), ((margin, margin), (margin, margin), (0, 0)), mode="edge")
    inverse = 1 / factor
    offset_x = margin + width / 2 - (width / 2 + right) * inverse
    offset_y = margin + height / 2 - (height / 2 + down) * inverse
    return Image.fromarray(padded).transform(
        image.size,
        Image.Transform.AFFINE,
        (inverse, 0, offset_x, 0, inverse, offset_y),
        way,
    )


def _turnaround(picture: Image.Image) -> Image.Image:
    """Show the middle of a picture from four sides, on one line, before white."""
    width, height = picture.size
    sheet = Image.new("RGB", picture.size, "white")
    middle = picture.crop((width // 4, height // 10, width - width // 4, height - height // 10))
    feet, high = round(height * 0.88), round(height * 0.7)
    for number, share in enumerate((0.72, 0.66, 0.44, 0.72)):
        wide = round(width / 4 * share)
        view = middle.resize((wide, high), Image.Resampling.BILINEAR)
        if number == 3:  # from the back
            view = view.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        shape = Image.new("L", (wide, high))
        pen = ImageDraw.Draw(shape)
        pen.ellipse((wide // 4, 0, wide - wide // 4, high // 3), fill=255)
        pen.rounded_rectangle((0, high // 4, wide - 1, high - 1), max(1, wide // 4), fill=255)
        sheet.paste(view, (round(width * (number + 0.5) / 4 - wide / 2), feet - high), shape)
    return sheet


def _sign(image: Image.Image) -> None:
    """Write SIMULATED into the lower left corner."""
    height = max(10, min(image.size) // 36)
    font = ImageFont.load_default(height)
    pen = ImageDraw.Draw(image)
    left, top, right, bottom = pen.textbbox((0, 0), _MARK, font=font)
    gap = height // 2
    x, y = gap, image.height - gap - (bottom - top)
    half = gap // 2
    pen.rectangle((x - half, y - half, x + right - left + half, y + bottom - top + half), (0, 0, 0))
    pen.text((x - left, y - top), _MARK, (255, 255, 255), font=font)
