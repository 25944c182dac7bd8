# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that a request can name: image models, tools, engines of 3D models, and texturers."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from .engines import ENGINES
from .models import MODELS, TOOLS, Model, ModelId
from .texturers import TEXTURERS

EVERY_MODEL: Final[Mapping[ModelId, Model]] = MappingProxyType({**MODELS, **TOOLS, **ENGINES, **TEXTURERS})
