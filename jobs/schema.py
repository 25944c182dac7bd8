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
    """
    CREATE TABLE images (                         -- the index: what can be told anew of jobs, and the marks
        id         INTEGER PRIMARY KEY,           -- milliseconds of made_at * 1000, and the number
        job_id     TEXT NOT NULL,
        position   INTEGER NOT NULL,
        path       TEXT NOT NULL UNIQUE,          -- as in results
        content    TEXT NOT NULL,                 -- as in results
        parent     TEXT NOT NULL,                 -- content of the image that was edited
        made_at    REAL NOT NULL,
        placed_at  REAL NOT NULL,
        model      TEXT NOT NULL,
        project    TEXT NOT NULL,
        objects    TEXT NOT NULL,                 -- a line each, as materials
        materials  TEXT NOT NULL,
        is_edit    INTEGER NOT NULL,
        has_mask   INTEGER NOT NULL,
        is_starred INTEGER NOT NULL DEFAULT 0,    -- the marks begin here
        rating     INTEGER NOT NULL DEFAULT 0,
        deleted_at REAL NOT NULL DEFAULT 0,       -- when it was put into the bin
        is_gone    INTEGER NOT NULL DEFAULT 0     -- 1: the files are to be removed, 2: they are
    );
    CREATE INDEX images_by_job ON images (job_id, position);
    CREATE INDEX images_by_parent ON images (parent) WHERE parent != '';
    CREATE INDEX images_starred ON images (id) WHERE is_starred;
    CREATE TABLE image_tags (
        image  INTEGER NOT NULL,
        folded TEXT NOT NULL,
        tag    TEXT NOT NULL,                     -- as it was typed
        PRIMARY KEY (folded, image)
    ) WITHOUT ROWID;
    CREATE INDEX image_tags_by_image ON image_tags (image);

    CREATE TABLE images_todo (                    -- results to be brought into the index
        seq      INTEGER PRIMARY KEY,
        job_id   TEXT NOT NULL,
        position INTEGER NOT NULL
    );
    CREATE TRIGGER result_is_new AFTER INSERT ON results BEGIN
        INSERT INTO images_todo (job_id, position) VALUES (new.job_id, new.position);
    END;
    CREATE TRIGGER result_is_gone AFTER DELETE ON results BEGIN
        INSERT INTO images_todo (job_id, position) VALUES (old.job_id, old.position);
    END;
    CREATE TRIGGER job_is_placed AFTER UPDATE OF placed_at ON jobs WHEN new.placed_at != old.placed_at BEGIN
        UPDATE images SET placed_at = new.placed_at WHERE job_id = new.id;
    END;
    INSERT INTO images_todo (job_id, position)
        SELECT job_id, position FROM results ORDER BY saved_at, job_id, position;
    """,
    """
    ALTER TABLE jobs ADD COLUMN budget TEXT NOT NULL DEFAULT '';       -- folder of the project that it is for
    CREATE INDEX jobs_by_sending ON jobs (submitted_at, server, state, task_id, price);
    CREATE INDEX jobs_by_budget ON jobs (budget, submitted_at, server, state, task_id, price);
    """,
    """
    ALTER TABLE jobs ADD COLUMN imported INTEGER NOT NULL DEFAULT 0;   -- it stands for an imported image
    CREATE TRIGGER result_is_imported AFTER INSERT ON results WHEN new.path LIKE 'images/imported/%' BEGIN
        UPDATE jobs SET imported = 1 WHERE id = new.job_id;
    END;
    UPDATE jobs SET imported = 1
        WHERE id IN (SELECT job_id FROM results WHERE path LIKE 'images/imported/%');
    DROP INDEX jobs_by_hidden;
    CREATE INDEX jobs_by_hidden ON jobs (hidden, imported, state, created_at);
    CREATE INDEX results_by_content ON results (content);
    """,
    """
    CREATE TABLE batches (
        id         TEXT PRIMARY KEY,
        server     TEXT NOT NULL,
        name       TEXT NOT NULL,
        created_at REAL NOT NULL,
        most       INTEGER NOT NULL,              -- credits; 0: no limit of its own
        one_step   INTEGER NOT NULL,
        is_over    INTEGER NOT NULL DEFAULT 0     -- the artist has put it away
    );
    CREATE TABLE batch_rows (
        batch   TEXT NOT NULL,
        number  INTEGER NOT NULL,                 -- from 0, as it was written; never changes
        place   INTEGER NOT NULL,                 -- in the order of sending
        state   TEXT NOT NULL,                    -- WAITING, or why it is not to be sent
        message TEXT NOT NULL DEFAULT '',
        digest  TEXT NOT NULL,
        count   INTEGER NOT NULL,                 -- images
        row     TEXT NOT NULL,                    -- JSON
        PRIMARY KEY (batch, number)
    ) WITHOUT ROWID;
    CREATE INDEX batch_rows_by_digest ON batch_rows (digest);
    CREATE TABLE batch_claims (                   -- which job a row is sent by; written with the job
        batch  TEXT NOT NULL,
        number INTEGER NOT NULL,
        job_id TEXT NOT NULL,
        first  INTEGER NOT NULL,                  -- its first image among the job's results
        PRIMARY KEY (batch, number)
    ) WITHOUT ROWID;
    CREATE INDEX batch_claims_by_job ON batch_claims (job_id);
    """,
    """
    ALTER TABLE batches ADD COLUMN used INTEGER NOT NULL DEFAULT 0;    -- paid for rows that wait again
    """,
)
