# SPDX-License-Identifier: GPL-3.0-or-later
"""From datablocks to the bytes that are sent."""
