# SPDX-License-Identifier: GPL-3.0-or-later
"""Prompts: tokens, templates, the history, and those that were saved. Knows no bpy.

May import `imaging` (for files that are whole or absent) and nothing else of the extension.
"""
