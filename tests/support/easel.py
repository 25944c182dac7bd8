# SPDX-License-Identifier: GPL-3.0-or-later
"""Make `import easel` import the extension, whatever the name of the checkout's folder is.

This folder is on `sys.path` in the tests and, by PYTHONPATH, in their processes. The root of the repository
is the package, which replaces this module.
"""

import importlib.util
import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]

_spec = importlib.util.spec_from_file_location(
    __name__, _ROOT / "__init__.py", submodule_search_locations=[str(_ROOT)]
)
assert _spec is not None
assert _spec.loader is not None
_package = importlib.util.module_from_spec(_spec)
sys.modules[__name__] = _package
_spec.loader.exec_module(_package)
