# SPDX-License-Identifier: GPL-3.0-or-later
"""The 3D AI Studio API: what it can do, what it costs, and how to call it.

Imports neither bpy nor other rooms, except `texts`. `models`, `requests` and `errors` need only the standard
library; `transport` brings in `requests` and is imported when the first call is made.
"""
