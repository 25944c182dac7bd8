# SPDX-License-Identifier: GPL-3.0-or-later
"""The jobs: a ledger that records every job, and the background threads that bring each job to its end.

Knows no bpy. The main thread calls `Engine` (all its methods return at once) and drains its events.
"""
