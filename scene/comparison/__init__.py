# SPDX-License-Identifier: GPL-3.0-or-later
"""Images of the library side by side, drawn over an Image Editor. Nothing is added to the file."""
