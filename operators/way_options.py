# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the ways to place, as parameters of the operators that place: for scripts."""
