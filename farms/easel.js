// SPDX-License-Identifier: GPL-3.0-or-later
// A batch of images by Easel, as a job type of Flamenco (3.7 and newer). Copy it to the folder "scripts" beside the
// Flamenco Manager. The API key is in the environment of the Workers, EASEL_API_KEY: what is written here, or in a
// variable of the Manager, is shown to everybody in its web page.
//
// Tasks that spend have a type of their own, "easel": only Workers that list it in task_types may spend.
// Flamenco runs scripts with goja: ECMAScript 5.1 and parts of 6.

const JOB_TYPE = {
    label: "Easel Batch",
    description: "Images with Easel, a row of a table each. Costs credits.",
    settings: [
        {key: "table", type: "string", subtype: "file_path", required: true,
         description: "The table of the batch (CSV), where all Workers can read it"},
        {key: "rows", type: "string", required: true,
         description: "The rows to make, from 1: 1-40, or 1-9,12"},
        {key: "out", type: "string", subtype: "dir_path", required: true,
         description: "The folder for the images, shared by all Workers"},
        {key: "rows_per_task", type: "int32", default: 10, propargs: {min: 1, max: 1000},
         description: "How many rows a Worker makes before it takes other work"},
    ],
};

function compileJob(job) {
    const settings = job.settings;
    const report = author.Task("report", "misc");
    report.addCommand(easel(settings, ["--report"]));
    const chunks = chunksOf(settings.rows, settings.rows_per_task || 10);
    for (let i = 0; i < chunks.length; i++) {
        const task = author.Task("rows-" + chunks[i], "easel");
        task.addCommand(easel(settings, ["--rows", chunks[i]]));
        report.addDependency(task);
        job.addTask(task);
    }
    job.addTask(report);
}

// What comes after "--command easel" is Easel's; no shell reads it.
function easel(settings, words) {
    const args = ["-b", "--online-mode", "--command", "easel", "batch", settings.table].concat(words);
    return author.Command("exec", {exe: "{blender}", args: args.concat(["--out", settings.out, "--farm", "flamenco"])});
}

// "1-5,9" by 4 → ["1-4", "5,9"].
function chunksOf(text, size) {
    const rows = rowsOf(text);
    const chunks = [];
    for (let start = 0; start < rows.length; start += size) {
        chunks.push(textOf(rows.slice(start, start + size)));
    }
    return chunks;
}

function rowsOf(text) {
    const rows = [];
    const parts = String(text).split(",");
    for (let i = 0; i < parts.length; i++) {
        const found = /^\s*(\d{1,6})(?:\s*-\s*(\d{1,6}))?\s*$/.exec(parts[i]);
        const first = found ? parseInt(found[1], 10) : 0;
        const last = found && found[2] ? parseInt(found[2], 10) : first;
        if (first < 1 || last < first) {
            throw new Error("Rows: write 1-40, or 1-9,12, not " + text);
        }
        for (let row = first; row <= last; row++) {
            rows.push(row);
        }
    }
    rows.sort(function (a, b) { return a - b; });
    return rows.filter(function (row, i) { return i === 0 || row !== rows[i - 1]; });
}

function textOf(rows) {
    const runs = [];
    for (let i = 0; i < rows.length; i++) {
        const last = runs[runs.length - 1];
        if (last && rows[i] === last[1] + 1) {
            last[1] = rows[i];
        } else {
            runs.push([rows[i], rows[i]]);
        }
    }
    return runs.map(function (run) { return run[0] === run[1] ? "" + run[0] : run[0] + "-" + run[1]; }).join(",");
}
