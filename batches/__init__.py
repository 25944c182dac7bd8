# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches: many images by one click. Pure: knows no bpy, and looks for no file but those of sources.

    defaults = Row(prompt="", settings=Settings(model=ModelId.GEMINI_2_5_FLASH))
    table = read_table(path.read_bytes(), defaults, Known(folder=path.parent))     # csv_in
    if table.problems: …                        # every one by its line and column; nothing is sent
    chosen = read_ranges("1-40", len(table.rows))                                  # ranges
    groups = pack(table.rows, chosen)           # equal rows share a request       # packing
    plan = plan_batch(groups, Terms(per_minute=3, balance=900))        # plan
    request = request_of(table.rows[3], values, count=groups[0].count)             # requests
    data = write_table(table.rows, progress)    # a table that can be read again   # csv_out

- `row`: `Row` and its `Settings`: what one line of the table wants. Equal rows have the same `digest`.
- `fill`: rows of the lines of a text, of combined lists, of steps of the seed, of objects and of images.
- `check`: what is wrong with a row before it is sent, by the column.
- `csv_in`, `csv_out`, `ranges`: tables in and out, and "1-40,45" of them.
- `packing`, `plan`: which rows share a request, how long it takes, what it costs, and where it stops.
- `run`, `feed`: a batch while it runs, and who hands its rows to the engine, a few ahead of their turn.
- `stored`: rows as the ledger keeps them.
- `requests`: a row as a `GenerateRequest` or `EditRequest`.

    engine.batches.add(Batch(…), stored_rows(rows), skips=True)     # `BatchRead` follows: Run(batch, rows)
    feeder = Feeder(engine, run, make=…, check=…, ahead=…)          # then `feeder.start()`, `feeder.turn()` …

Rows are kept and claimed in the ledger (`jobs/batch.py`, `jobs/ledger_batches.py`); a claim is written in the
same transaction as the job. All that is here may be used on any thread.
"""
