# SPDX-License-Identifier: GPL-3.0-or-later
"""Sources as panels show them: rows, facts, thumbnails."""
