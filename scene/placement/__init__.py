# SPDX-License-Identifier: GPL-3.0-or-later
"""From a result's file to datablocks."""
