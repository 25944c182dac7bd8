# SPDX-License-Identifier: GPL-3.0-or-later
"""A bound for the plain tests: what takes memory without end says where, and leaves the machine alone."""

import sys

if sys.platform == "linux":
    import resource

    MOST_BYTES = 12 << 30
    """Of addresses in one process. The largest pictures of the tests need about a gigabyte."""

    _soft, _hard = resource.getrlimit(resource.RLIMIT_AS)
    if _soft == resource.RLIM_INFINITY or _soft > MOST_BYTES:
        resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, _hard))
