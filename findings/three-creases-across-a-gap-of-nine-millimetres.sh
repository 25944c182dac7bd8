#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# three 0.187.0: `toCreasedNormals` blends the normals of faces that meet at less than the crease angle. Two triangles that
# share no point, 9 mm apart and tilted by 40 degrees to each other, are blended as if they touched; at 12 mm they are not.
# Vertices are looked up on a grid of 0.01, whatever the model's size, so two roofs of 1 mm, whose edges are hard and lie apart,
# lose their slopes in metres and keep them in millimetres. Scale a small model up before the call.
exec "$(dirname "$0")/node-with" three@0.187.0 <<'NODE'
import assert from "node:assert";
import { BufferGeometry, Float32BufferAttribute, REVISION } from "three";
import { toCreasedNormals } from "three/addons/utils/BufferGeometryUtils.js";

const CREASE = Math.PI / 3;
const tilt = (40 * Math.PI) / 180;

function normals(points) {
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new Float32BufferAttribute(points, 3));
  return Array.from(toCreasedNormals(geometry, CREASE).attributes.normal.array);
}

function firstNormal(gap, size) {
  const second = [0, 0, gap, Math.cos(tilt), 0, gap + Math.sin(tilt), 0, 1, gap];
  return normals([0, 0, 0, 1, 0, 0, 0, 1, 0, ...second].map((value) => value * size)).slice(0, 3);
}

const seen = {};
for (const [gap, size] of [[0, 1], [0.009, 1], [0.012, 1], [0.009, 100]]) {
  const [x, , z] = firstNormal(gap, size);
  seen[`${gap} × ${size}`] = Math.round((Math.atan2(Math.abs(x), z) * 180) / Math.PI);
}
console.log(`three ${REVISION}, degrees that the first normal turns, by gap and scale:`, seen);
assert.deepStrictEqual(seen, { "0 × 1": 20, "0.009 × 1": 20, "0.012 × 1": 0, "0.009 × 100": 0 });

// Two roofs of 1 mm, side by side, with slopes of 20 degrees to the left and to the right: their feet are 2 mm apart.
const rise = Math.tan(tilt / 2);
const roofs = [0, 0, 0, 1, 0, rise, 0, 1, 0, 2, 0, rise, 3, 0, 0, 2, 1, rise];
const flat = (size) => Math.abs(normals(roofs.map((value) => value * size))[0]);
console.log("sideways part of a roof's normal, written as 1:", flat(1).toFixed(2), "as 0.001:", flat(0.001).toFixed(2));
assert(flat(1) > 0.3);
assert(flat(0.001) < 0.2);
NODE
