# SPDX-License-Identifier: GPL-3.0-or-later
"""Concept pictures with known faults that would spoil a model, and without."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

SIDE = 1024
SOFT = ImageFilter.Kernel((3, 3), (1, 2, 1, 2, 4, 2, 1, 2, 1))  # GaussianBlur(0.8) takes twice as long
Draw = ImageDraw.ImageDraw
Painter = Callable[[Draw], None]


class Concept(NamedTuple):
    name: str
    picture: Image.Image
    faults: frozenset[str]
    """Of "text", "shadow", "busy"."""


def _crate(draw: Draw) -> None:
    draw.rectangle((330, 380, 700, 760), fill=(150, 100, 52))
    for y in range(380, 760, 76):
        draw.line((330, y, 700, y), fill=(90, 58, 30), width=6)
    draw.line((330, 760, 700, 380), fill=(120, 76, 38), width=40)


def _robot(draw: Draw) -> None:
    draw.rectangle((400, 250, 620, 430), fill=(96, 128, 160))
    draw.ellipse((450, 300, 500, 350), fill=(250, 220, 60))
    draw.ellipse((530, 300, 580, 350), fill=(250, 220, 60))
    draw.rectangle((370, 440, 650, 700), fill=(70, 96, 120))
    for x in (390, 570):
        draw.rectangle((x, 700, x + 70, 820), fill=(50, 60, 70))


def _stone(draw: Draw) -> None:
    points = [
        (512 + (230 + 40 * math.sin(5 * a) + 20 * math.cos(11 * a)) * math.cos(a), 560 + 190 * math.sin(a))
        for a in (k * math.tau / 60 for k in range(60))
    ]
    draw.polygon(points, fill=(128, 126, 122))
    draw.polygon(points[30:48], fill=(150, 148, 143))
    draw.polygon(points[3:20], fill=(100, 98, 96))


def _car(draw: Draw) -> None:
    draw.rounded_rectangle((200, 480, 830, 640), 60, fill=(180, 40, 40))
    draw.polygon([(330, 490), (400, 380), (620, 380), (720, 490)], fill=(150, 30, 34))
    draw.polygon([(360, 480), (410, 400), (500, 400), (500, 480)], fill=(150, 190, 210))
    draw.polygon([(520, 480), (520, 400), (610, 400), (680, 480)], fill=(150, 190, 210))
    for x in (280, 620):
        draw.ellipse((x, 570, x + 130, 700), fill=(40, 40, 42))
        draw.ellipse((x + 35, 605, x + 95, 665), fill=(150, 150, 152))


def _house(draw: Draw) -> None:
    draw.rectangle((300, 420, 720, 800), fill=(190, 110, 80))
    draw.polygon([(270, 420), (510, 230), (750, 420)], fill=(110, 50, 40))
    for y in (470, 590):
        for x in range(340, 690, 90):
            draw.rectangle((x, y, x + 50, y + 70), fill=(250, 240, 190), outline=(80, 50, 40), width=5)
    draw.rectangle((480, 690, 550, 800), fill=(80, 50, 30))


def _fence(draw: Draw) -> None:
    for x in range(230, 800, 60):
        draw.polygon([(x, 800), (x, 400), (x + 16, 370), (x + 32, 400), (x + 32, 800)], fill=(160, 120, 70))
    for y in (470, 680):
        draw.rectangle((215, y, 805, y + 30), fill=(130, 95, 55))


def _shelf(draw: Draw) -> None:
    random = np.random.default_rng(3)
    draw.rectangle((260, 250, 770, 820), fill=(110, 70, 40))
    for y in (280, 460, 640):
        draw.rectangle((285, y, 745, y + 150), fill=(60, 38, 22))
        x = 290
        while x < 720:
            width, height = int(random.integers(14, 40)), int(random.integers(90, 145))
            colour = tuple(int(it) for it in random.integers(40, 220, 3))
            draw.rectangle((x, y + 150 - height, x + width - 3, y + 150), fill=colour)
            x += width


def _vase(draw: Draw) -> None:
    draw.ellipse((360, 360, 660, 800), fill=(40, 90, 150))
    draw.rectangle((450, 250, 570, 400), fill=(40, 90, 150))
    for y in range(420, 760, 50):
        draw.arc((350, y - 40, 670, y + 40), 10, 170, fill=(240, 230, 200), width=14)


def _necklace(draw: Draw) -> None:
    for k in range(26):
        a = k * math.tau / 26
        x, y = 512 + 250 * math.cos(a), 500 + 250 * math.sin(a)
        draw.ellipse((x - 26, y - 26, x + 26, y + 26), fill=(180, 30, 60), outline=(90, 10, 30), width=4)


def _lamp(draw: Draw) -> None:
    draw.polygon([(400, 250), (620, 250), (690, 460), (330, 460)], fill=(240, 200, 110))
    draw.rectangle((500, 460, 520, 760), fill=(120, 90, 50))
    draw.ellipse((400, 740, 620, 800), fill=(96, 72, 44))


def _tree(draw: Draw) -> None:
    random = np.random.default_rng(5)
    draw.polygon([(480, 820), (495, 520), (535, 520), (550, 820)], fill=(96, 64, 36))
    for _ in range(260):
        x, y = random.normal(512, 95), random.normal(400, 80)
        green = int(random.integers(80, 160))
        draw.ellipse((x - 24, y - 24, x + 24, y + 24), fill=(green // 3, green, 40))


def _chess(draw: Draw) -> None:
    for row in range(8):
        for column in range(8):
            colour = (235, 220, 180) if (row + column) % 2 else (90, 50, 30)
            x, y = 270 + column * 60, 300 + row * 60
            draw.rectangle((x, y, x + 59, y + 59), fill=colour)
    draw.rectangle((250, 280, 770, 800), outline=(60, 30, 20), width=20)


def _mug(draw: Draw) -> None:
    draw.ellipse((620, 430, 800, 640), outline=(70, 120, 110), width=40)
    draw.rounded_rectangle((360, 360, 680, 720), 40, fill=(80, 140, 128))
    draw.ellipse((360, 330, 680, 400), fill=(60, 100, 92))


def _sword(draw: Draw) -> None:
    draw.polygon([(500, 180), (524, 180), (530, 660), (494, 660)], fill=(190, 196, 204))
    draw.rectangle((420, 660, 604, 690), fill=(160, 120, 40))
    draw.rectangle((494, 690, 530, 820), fill=(90, 50, 30))


OBJECTS: dict[str, Painter] = {
    "crate": _crate,
    "robot": _robot,
    "stone": _stone,
    "car": _car,
    "house": _house,
    "fence": _fence,
    "shelf": _shelf,
    "vase": _vase,
    "necklace": _necklace,
    "lamp": _lamp,
    "tree": _tree,
    "chess": _chess,
    "mug": _mug,
    "sword": _sword,
}
WORDS = ("FRONT VIEW", "concept art", "Model 3", "SALE", "Turnaround", "fig. 12 steel")


def pictures(names: Sequence[str] = tuple(OBJECTS)) -> Iterator[Concept]:
    """Yield pictures: each object without a fault and with each, on several backdrops."""
    for number, name in enumerate(names):
        plain = _plain(number)
        yield Concept(f"{name}", _with_object(plain, name), frozenset())
        yield Concept(f"{name} soft shadow", _with_object(_shaded(plain, name, 26), name), frozenset())
        hard = _with_object(_shaded(plain, name, 1.5), name)
        yield Concept(f"{name} hard shadow", hard, frozenset({"shadow"}))
        words = WORDS[number % len(WORDS)]
        written = _with_object(plain, name)
        _write(written, words, number)
        yield Concept(f"{name} “{words}”", written, frozenset({"text"}))
        busy = _with_object(_busy(number), name)
        yield Concept(f"{name} busy {number % 4}", busy, frozenset({"busy"}))
        gradient = _with_object(_gradient(number), name)
        yield Concept(f"{name} gradient", gradient, frozenset())


def _plain(number: int) -> Image.Image:
    grey = (255, 246, 232, 205)[number % 4]
    return Image.new("RGB", (SIDE, SIDE), (grey, grey, max(0, grey - number % 3)))


def _gradient(number: int) -> Image.Image:
    light, dark = (255, 190) if number % 2 else (225, 150)
    rows = np.linspace(light, dark, SIDE)[:, None, None] + np.zeros((SIDE, SIDE, 3))
    if number % 3 == 0:
        away = np.hypot(*np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j])
        rows = (light - (light - dark) * away / 1.5)[..., None] + np.zeros(3)
    rows += np.random.default_rng(number).normal(0, 1.5, (SIDE, SIDE, 1))
    return Image.fromarray(np.clip(rows, 0, 255).astype(np.uint8))


def _busy(number: int) -> Image.Image:
    random = np.random.default_rng(number)
    match number % 4:
        case 0:  # a room: wall, floor of boards, a window
            image = Image.new("RGB", (SIDE, SIDE), (170, 160, 140))
            draw = ImageDraw.Draw(image)
            draw.rectangle((0, 700, SIDE, SIDE), fill=(110, 80, 50))
            for x in range(0, SIDE, 90):
                draw.line((x, 700, x * 2 - 512, SIDE), fill=(80, 56, 34), width=5)
            draw.rectangle((60, 120, 260, 460), fill=(190, 220, 240), outline=(90, 70, 50), width=14)
        case 1:  # leaves
            image = Image.new("RGB", (SIDE, SIDE), (50, 80, 40))
            draw = ImageDraw.Draw(image)
            for _ in range(900):
                x, y, r = *random.integers(0, SIDE, 2), int(random.integers(12, 50))
                colour = tuple(int(it) for it in random.integers((30, 70, 20), (110, 170, 80)))
                draw.ellipse((x - r, y - r // 2, x + r, y + r // 2), fill=colour)
        case 2:  # bricks
            image = Image.new("RGB", (SIDE, SIDE), (190, 180, 170))
            draw = ImageDraw.Draw(image)
            for row in range(22):
                for column in range(-1, 12):
                    x, y = column * 96 + (row % 2) * 48, row * 48
                    tint = int(random.integers(-20, 20))
                    draw.rectangle((x, y, x + 88, y + 40), fill=(150 + tint, 80 + tint, 60 + tint))
        case _:  # clouds of many scales
            noise = sum(
                np.asarray(
                    Image.fromarray(random.integers(0, 255, (n, n, 3), dtype=np.uint8)).resize((SIDE, SIDE))
                ).astype(float)
                / 3
                for n in (6, 16, 60)
            )
            image = Image.fromarray(noise.astype(np.uint8))
    return image


def _cover(name: str) -> Image.Image:
    """Return the mask of an object."""
    cover = Image.new("RGB", (SIDE, SIDE), (255, 0, 255))
    OBJECTS[name](ImageDraw.Draw(cover))
    return Image.fromarray((np.asarray(cover) != (255, 0, 255)).any(2).astype(np.uint8) * 255)


def _with_object(backdrop: Image.Image, name: str) -> Image.Image:
    image = backdrop.copy()
    OBJECTS[name](ImageDraw.Draw(image))
    return image.filter(SOFT)


def _shaded(backdrop: Image.Image, name: str, blur: float) -> Image.Image:
    """Draw the object's shadow on the floor: sheared and flattened, or soft below it."""
    cover = _cover(name)
    box = cover.getbbox()
    assert box is not None
    left, _top, right, bottom = box
    if blur > 5:
        dark = Image.new("L", (SIDE, SIDE))
        reach = (right - left) * 0.6
        middle = (left + right) / 2
        ImageDraw.Draw(dark).ellipse((middle - reach, bottom - 22, middle + reach, bottom + 30), fill=150)
    else:  # a point at height h above the floor moves sideways by h
        slope, flat = 0.9, 0.25
        dark = cover.transform(
            (SIDE, SIDE),
            Image.Transform.AFFINE,
            (1, slope / flat, -slope / flat * bottom, 0, 1 / flat, bottom - bottom / flat),
        ).point(lambda it: it * 115 // 255)
        dark = dark.crop((0, 0, SIDE, SIDE))
    dark = dark.filter(ImageFilter.GaussianBlur(blur))
    shaded = np.asarray(backdrop) * (1 - np.asarray(dark)[..., None] / 255)
    return Image.fromarray(shaded.astype(np.uint8))


def _write(image: Image.Image, words: str, number: int) -> None:
    size = (36, 56, 84)[number % 3]
    font = ImageFont.load_default(size)
    draw = ImageDraw.Draw(image)
    place = ((80, 60), (400, 900), (60, 880))[number % 3]
    draw.text(place, words, font=font, fill=((30, 30, 30), (190, 30, 30), (110, 110, 110))[number % 3])
