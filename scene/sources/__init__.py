# SPDX-License-Identifier: GPL-3.0-or-later
"""Turn datablocks into the bytes that are sent."""
