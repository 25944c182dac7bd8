# SPDX-License-Identifier: GPL-3.0-or-later
"""All that a request can name: models of images, tools, engines of 3D models, and what textures them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from .engines import ENGINES
from .models import MODELS, TOOLS, Model, ModelId
from .texturers import TEXTURERS

EVERY_MODEL: Final[Mapping[ModelId, Model]] = MappingProxyType({**MODELS, **TOOLS, **ENGINES, **TEXTURERS})
