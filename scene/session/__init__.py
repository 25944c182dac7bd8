# SPDX-License-Identifier: GPL-3.0-or-later
"""What lives while Easel is enabled: the engine, the pump, and what it keeps up to date."""
