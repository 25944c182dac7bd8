# SPDX-License-Identifier: GPL-3.0-or-later
"""The 3D AI Studio image API in a box. It imports nothing of the other rooms, on purpose: it judges them."""

from .server import Simulator

__all__ = ["Simulator"]
