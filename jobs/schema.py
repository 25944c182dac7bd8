# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger's tables. A new version is a new script at the end of `MIGRATIONS`, never a changed one."""

from __future__ import annotations

from typing import Final

MIGRATIONS: Final = (
    """
    CREATE TABLE jobs (
        id           TEXT PRIMARY KEY,
        server       TEXT NOT NULL,
        state        TEXT NOT NULL,
        request      TEXT NOT NULL,               -- JSON of GenerateRequest
        placement    TEXT NOT NULL,               -- JSON of Placement
        price        INTEGER NOT NULL,            -- credits expected
        created_at   REAL NOT NULL,               -- all times: seconds since the epoch
        updated_at   REAL NOT NULL,
        submitted_at REAL NOT NULL DEFAULT 0,
        finished_at  REAL NOT NULL DEFAULT 0,
        placed_at    REAL NOT NULL DEFAULT 0,
        task_id      TEXT NOT NULL DEFAULT '',
        progress     INTEGER NOT NULL DEFAULT 0,
        message      TEXT NOT NULL DEFAULT '',
        remedy       TEXT NOT NULL DEFAULT '',
        parked       INTEGER NOT NULL DEFAULT 0,
        hidden       INTEGER NOT NULL DEFAULT 0,
        owner        TEXT NOT NULL DEFAULT '',    -- the engine that moves it on
        lease_until  REAL NOT NULL DEFAULT 0      -- after that it is anybody's
    );
    CREATE INDEX jobs_by_time ON jobs (created_at DESC);
    CREATE INDEX jobs_by_state ON jobs (state);
    CREATE UNIQUE INDEX jobs_by_task ON jobs (server, task_id) WHERE task_id != '';

    CREATE TABLE results (
        job_id     TEXT NOT NULL REFERENCES jobs (id),
        position   INTEGER NOT NULL,
        path       TEXT NOT NULL,                 -- relative to the library folder, with /
        sha256     TEXT NOT NULL,
        byte_count INTEGER NOT NULL,
        width      INTEGER NOT NULL,
        height     INTEGER NOT NULL,
        saved_at   REAL NOT NULL,
        PRIMARY KEY (job_id, position)
    );

    CREATE TABLE turns (                          -- requests that went out in the last minute
        server TEXT NOT NULL,
        at     REAL NOT NULL
    );
    CREATE TABLE pauses (                         -- "wait", said by the service
        server TEXT PRIMARY KEY,
        until  REAL NOT NULL
    );
    """,
    """
    ALTER TABLE results ADD COLUMN fitted TEXT NOT NULL DEFAULT '';    -- relative to the library folder
    ALTER TABLE results ADD COLUMN fit_note TEXT NOT NULL DEFAULT '';
    """,
    """
    ALTER TABLE jobs ADD COLUMN preparation TEXT NOT NULL DEFAULT '';  -- JSON, before that in `request`
    """,
    """
    ALTER TABLE jobs ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;   -- grows with every change of any job
    CREATE INDEX jobs_by_revision ON jobs (revision);
    ALTER TABLE results ADD COLUMN asset TEXT NOT NULL DEFAULT '';     -- path of its link at the service
    ALTER TABLE results ADD COLUMN content TEXT NOT NULL DEFAULT '';   -- sha256 of what was downloaded
    """,
    """
    CREATE TABLE journals (                       -- files of the journal of tasks
        name TEXT PRIMARY KEY,
        size INTEGER NOT NULL                     -- as far as it was brought in
    );
    """,
    """
    ALTER TABLE jobs ADD COLUMN balances TEXT NOT NULL DEFAULT '';     -- JSON of Balances
    CREATE INDEX jobs_by_hidden ON jobs (hidden, state, created_at);   -- for counts and pages
    """,
)
