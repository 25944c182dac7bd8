# SPDX-License-Identifier: GPL-3.0-or-later
"""Easel's own properties: the form and the history on datablocks, the mirror on the window manager."""
