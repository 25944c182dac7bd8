# SPDX-License-Identifier: GPL-3.0-or-later
"""Texture Paint with an edit: the Clone brush and the stencil."""
