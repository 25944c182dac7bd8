# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts for the artist, and how they are composed. Every room may import this one."""
