# SPDX-License-Identifier: GPL-3.0-or-later
"""Turnaround sheets: one object several times on a line. Where each view is, and files of the views. Pure."""
