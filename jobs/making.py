# SPDX-License-Identifier: GPL-3.0-or-later
"""How an image was made, by Easel or by another tool. Worker only."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

from .other_recipes import OtherRecipe, read_other
from .recipe import NoRecipe, Recipe, read_recipe

Making: TypeAlias = Recipe | OtherRecipe


def read_making(path: Path) -> Making:
    """Read Easel's own recipe; if a file has none, read what another tool wrote.

    Raises:
        NotAnImage, ImageDamaged, OSError
        RecipeUnreadable: there is neither, or Easel's own can't be read.
    """
    try:
        return read_recipe(path)
    except NoRecipe:
        if (other := read_other(path)) is None:
            raise
        return other
