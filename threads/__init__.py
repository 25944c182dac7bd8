# SPDX-License-Identifier: GPL-3.0-or-later
"""Threads that are never joined at exit: pools, and looks at what may keep silent. Pure, and of no job."""
