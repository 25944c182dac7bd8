# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an edit may change an image: the form's mask, faces, and what is drawn over editors."""
