# SPDX-License-Identifier: GPL-3.0-or-later
"""Registration: where an answer lies on its source, and when no shift can be seen."""
