# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches on a farm: an engine that studios have does the work. Pure: knows no bpy.

- `claims`: who does which row, in a folder that all workers share. What holds "never paid twice" there.
- `chunks`: rows by the task.
- `open_jd`: a job bundle of Open Job Description, for `openjd run` and AWS Deadline Cloud.
- `flamenco`: a job type of Flamenco (`easel.js`).
- `bundle`: the folder with both, the table, and the files that its rows name.

Each task runs `blender --command easel batch`. The key is in the environment of the workers alone.
"""
