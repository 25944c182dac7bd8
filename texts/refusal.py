# SPDX-License-Identifier: GPL-3.0-or-later
"""The root of all that Easel can refuse. An obstacle is known before the click; a refusal comes after it.

    Refusal                              raised itself if nobody needs to tell it from others
    ├── ClientError                      client/errors.py: the service, and the way to it
    │   ├── RequestInvalid               our own check, before anything is sent
    │   ├── UploadUnreadable             a file to upload is gone, or another by now
    │   ├── OnlineAccessOff
    │   ├── KeyMissing
    │   ├── ProxyUnusable
    │   ├── ConnectionFailed
    │   ├── ResponseInvalid
    │   │   └── ResultTooLarge
    │   ├── Interrupted
    │   └── ApiError                     the service's own word
    │       ├── AuthenticationFailed
    │       ├── InsufficientCredits
    │       ├── ValidationFailed
    │       ├── TaskNotFound
    │       ├── LinkExpired
    │       ├── RateLimited
    │       └── ServerTrouble
    ├── ImagingError                     imaging/errors.py: an image, or its file
    │   ├── SnapshotFailed
    │   ├── SourceUnreadable
    │   ├── NotAnImage
    │   ├── ImageEmpty
    │   ├── ImageTooLarge
    │   ├── ImageDamaged
    │   ├── Abandoned
    │   ├── NoViews
    │   ├── NotComparable
    │   ├── SurfaceUnusable
    │   ├── ModelDamaged                 imaging/model_files.py: no 3D model, or not all of one
    │   └── FileNotWritten
    │       └── DiskFull
    ├── PromptUnready                    prompting/tokens.py: a token has no value
    ├── SavedPromptsError                prompting/saved.py
    │   └── SavedPromptsDamaged
    ├── LedgerError                      jobs/ledger_file.py: the list of jobs
    │   ├── LedgerLocked                 another program holds it
    │   ├── LedgerDamaged                it can't be read
    │   ├── LibraryMoved                 it is in another folder by now
    │   └── CapReached                   jobs/caps.py: more would be spent than is allowed
    ├── PricesUnreadable                 client/prices.py: a file of prices says what is not known
    ├── PolicyUnreadable                 jobs/policy.py: what a studio has set can't be followed
    ├── RecipeUnreadable                 jobs/recipe.py: how a file was made
    │   └── NoRecipe                     Easel has not made it
    ├── SourceUnusable                   scene/errors.py: a datablock as a source
    └── PlacementImpossible              scene/errors.py: a result in the open file

Errors that no artist ever sees are not part of the tree: `jobs.desk.Left` and `PutOff`, and what stays
inside one room.
"""

from __future__ import annotations


class Refusal(Exception):
    """What was asked for can't be done. `str(error)` says why and what to do next, for the artist."""
