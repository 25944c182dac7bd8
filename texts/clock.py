# SPDX-License-Identifier: GPL-3.0-or-later
"""The clock of what panels show."""

from typing import Final

EPOCH: Final = 1_767_225_600
"""2026-01-01 in Unix time. The mirror's times are whole seconds since then: a FloatProperty has 32 bits,
which for times of today means steps of two minutes."""
