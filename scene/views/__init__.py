# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of a 3D View, and how it looks while they are taken."""
