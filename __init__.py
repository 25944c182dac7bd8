# SPDX-License-Identifier: GPL-3.0-or-later
"""Easel: generate and edit images with the 3D AI Studio image API, inside Blender.

This is the root of the extension. It imports nothing at module level: the pure rooms (`client`, `jobs`,
`imaging`, `simulator`) must be importable without `bpy`, and this is their parent package.
"""


def register() -> None:
    """Register everything the extension adds to Blender."""
    import gc

    is_collecting = gc.isenabled()
    gc.disable()  # what is imported stays: looking through it for garbage takes a tenth of the time
    try:
        from . import registration

        registration.register()
    finally:
        if is_collecting:
            gc.enable()


def unregister() -> None:
    """Undo `register`, in reverse order."""
    from . import registration

    registration.unregister()
