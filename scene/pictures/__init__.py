# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts about image datablocks: their colours, tiles, textures and frames."""
