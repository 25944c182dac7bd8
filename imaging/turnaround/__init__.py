# SPDX-License-Identifier: GPL-3.0-or-later
"""Turnaround sheets: one object in several views on a line. Find the views, and write files of them. Pure."""
