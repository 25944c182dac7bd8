#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# three 0.187.0: a vertex colour of 1.2 in an attribute of normalized bytes becomes 50 of 255, not 255, and -0.1 becomes 231: the
# number wraps round. A normal's part of 1.01 in signed bytes becomes -1. `DataUtils.toHalfFloat`, which makes a texture's half
# floats, cuts instead of rounding: of 10,000 numbers none gets larger, and the error is up to 2^-10, twice that of rounding,
# always towards dark. Nothing is said in either.
exec "$(dirname "$0")/node-with" three@0.187.0 <<'NODE'
import assert from "node:assert";
import { BufferAttribute, DataUtils, REVISION } from "three";

const colour = new BufferAttribute(new Uint8Array(3), 3, true);
colour.setXYZ(0, 1.2, 1, -0.1);
const normal = new BufferAttribute(new Int8Array(3), 3, true);
normal.setXYZ(0, 1.01, 0, 1);
console.log(`three ${REVISION}: (1.2, 1, -0.1) is`, [...colour.array], "and a normal of (1.01, 0, 1) is", [...normal.array]);
assert.deepStrictEqual([...colour.array], [50, 255, 231]);
assert.deepStrictEqual([...normal.array], [-128, 0, 127]);
assert.strictEqual(normal.getX(0), -1);

let [larger, smaller, worst] = [0, 0, 0];
for (let index = 0; index < 10_000; index += 1) {
  const value = 0.25 + index * 0.000377;
  const half = DataUtils.fromHalfFloat(DataUtils.toHalfFloat(value));
  larger += half > value;
  smaller += half < value;
  worst = Math.max(worst, (value - half) / value);
}
console.log("as half floats", larger, "are larger and", smaller, "smaller, by up to", worst.toFixed(6));
assert.strictEqual(larger, 0);
assert(smaller > 9_000);
assert(worst > 0.0009 && worst < 0.00098);
NODE
