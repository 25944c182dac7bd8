# SPDX-License-Identifier: GPL-3.0-or-later
"""Draw only: no I/O, no computing, no writing. Panels read the form and the mirror."""

from . import form, jobs, sources

CLASSES = (*sources.CLASSES, *form.CLASSES, *jobs.CLASSES)
