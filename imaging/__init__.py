# SPDX-License-Identifier: GPL-3.0-or-later
"""Bytes and arrays: pixels to PNG, checks of downloads, safe files.

Knows neither Blender nor the network. Everything here is meant for worker threads; `snapshot` is what the
main thread hands over, and importing it imports neither numpy nor Pillow.
"""
