# SPDX-License-Identifier: GPL-3.0-or-later
"""A bound on memory: a plain test that leaks fails with a traceback and spares the machine."""

import sys

if sys.platform == "linux":
    import resource

    MOST_BYTES = 12 << 30
    """The most address space for one process. The tests' largest pictures need about a gigabyte."""

    _soft, _hard = resource.getrlimit(resource.RLIMIT_AS)
    if _soft == resource.RLIM_INFINITY or _soft > MOST_BYTES:
        resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, _hard))
