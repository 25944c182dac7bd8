# SPDX-License-Identifier: GPL-3.0-or-later
"""The state while Easel is enabled: the engine, the pump, and everything that the pump updates."""
