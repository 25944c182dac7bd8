# SPDX-License-Identifier: GPL-3.0-or-later
"""What tables for spreadsheets have in common."""

from typing import Final

FORMULAS: Final = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
"""First characters of cells that spreadsheets read as a formula; a Japanese Excel takes the wide ones too."""
