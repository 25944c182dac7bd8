# SPDX-License-Identifier: GPL-3.0-or-later
"""Prompts and the scene: tokens, Text datablocks, lists, and settings that are used again."""
