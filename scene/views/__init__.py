# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of a 3D View, and its temporary looks."""
