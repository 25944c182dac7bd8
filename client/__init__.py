# SPDX-License-Identifier: GPL-3.0-or-later
"""The 3D AI Studio image API: what it can do, what it costs, and how to talk to it.

Knows no bpy and nothing of the other rooms. `models`, `requests` and `errors` need the standard
library alone; `transport` brings in `requests` and is imported when the first call is made.
"""
