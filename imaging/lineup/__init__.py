# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an answer lies on its source: features, correlation, and when no shift can be seen."""
