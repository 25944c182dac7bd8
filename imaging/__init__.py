# SPDX-License-Identifier: GPL-3.0-or-later
"""Bytes and arrays: pixels to PNG, checks of downloads, safe files.

Knows neither Blender nor the network. Everything here is for worker threads. Only `snapshot` is also used on
the main thread, and importing it imports neither numpy nor Pillow.
"""
