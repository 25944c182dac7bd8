# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulator of the 3D AI Studio image API.

On purpose it imports nothing from other rooms, because it checks them.
"""

from .server import Simulator

__all__ = ["Simulator"]
