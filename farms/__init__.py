# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches on a farm: the studio's render engine runs the tasks. Pure, without bpy.

- `claims`: which worker has which row, in a shared folder. It guarantees "never paid twice" there.
- `chunks`: which rows a task has.
- `open_jd`: a job bundle of Open Job Description, for `openjd run` and AWS Deadline Cloud.
- `flamenco`: a job type of Flamenco (`easel.js`).
- `bundle`: the folder with both, the table, and the files that its rows name.

Each task runs `blender --command easel batch`. The key is only in the environment of the workers.
"""
