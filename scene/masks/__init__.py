# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an edit may change an image: the form's mask, faces, and drawings over editors."""
