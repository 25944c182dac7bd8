#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# three 0.187.0: `AnimationUtils.subclip` cuts a part out of a clip, from one frame up to another. It keeps the keys that lie in
# that part, and makes none at its ends. A door that turns from its first key (frame 0) to its last (60) has no movement from
# frame 15 to 45: the track is gone. From 0 to 30 it is one key, of length 0, and the door stands still. Keys on every
# frame give 0.97 of a second. Nothing is said of the two lost ones.
exec "$(dirname "$0")/node-with" three@0.187.0 <<'NODE'
import assert from "node:assert";
import { AnimationClip, AnimationUtils, NumberKeyframeTrack, REVISION } from "three";

const FPS = 30;
const everyFrame = Array.from({ length: 61 }, (_, frame) => frame);

function cut(frames, start, end) {
  const times = frames.map((frame) => frame / FPS);
  const door = new AnimationClip("door", -1, [new NumberKeyframeTrack(".rotation[y]", times, frames)]);
  const part = AnimationUtils.subclip(door, "part", start, end, FPS);
  return [part.tracks.length, part.tracks[0]?.times.length ?? 0, Number(part.duration.toFixed(2))];
}

const seen = {
  "two keys, 15 to 45": cut([0, 60], 15, 45),
  "two keys, 0 to 30": cut([0, 60], 0, 30),
  "61 keys, 15 to 45": cut(everyFrame, 15, 45),
};
console.log(`three ${REVISION}, tracks, keys and seconds of each part:`, seen);
assert.deepStrictEqual(seen, {
  "two keys, 15 to 45": [0, 0, 0],
  "two keys, 0 to 30": [1, 1, 0],
  "61 keys, 15 to 45": [1, 30, 0.97],
});
NODE
