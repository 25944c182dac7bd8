# SPDX-License-Identifier: GPL-3.0-or-later
"""Which image was made from which, and all that shows an image."""
