# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs: the ledger that never forgets one, and the background threads that see each to its end.

Knows no bpy. The main thread calls `Engine` (all its methods return at once) and drains its events.
"""
