#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# three 0.187.0: an InstancedMesh of five cubes, exported as STL, OBJ and PLY, is one cube, at the place of none of them. A cube
# whose shape key makes it three times as wide is written as if the key were 0. A cube that is mirrored (scale -1), which the
# renderer shows rightly, is inside out: its volume is -1. A cube that is not shown is written. Each file is valid, and
# nothing is said.
exec "$(dirname "$0")/node-with" three@0.187.0 <<'NODE'
import assert from "node:assert";
import * as THREE from "three";
import { OBJExporter } from "three/addons/exporters/OBJExporter.js";
import { PLYExporter } from "three/addons/exporters/PLYExporter.js";
import { STLExporter } from "three/addons/exporters/STLExporter.js";
import { OBJLoader } from "three/addons/loaders/OBJLoader.js";
import { PLYLoader } from "three/addons/loaders/PLYLoader.js";
import { STLLoader } from "three/addons/loaders/STLLoader.js";

globalThis.requestAnimationFrame = (call) => setTimeout(call, 0);

function volume(geometry) {
  const points = (geometry.index ? geometry.toNonIndexed() : geometry).attributes.position;
  const [a, b, c] = [new THREE.Vector3(), new THREE.Vector3(), new THREE.Vector3()];
  let sum = 0;
  for (let corner = 0; corner < points.count; corner += 3) {
    [a, b, c].forEach((point, next) => point.fromBufferAttribute(points, corner + next));
    sum += a.dot(b.cross(c)) / 6;
  }
  return Number(sum.toFixed(3));
}

async function volumes(object) {
  object.updateMatrixWorld(true);
  const stl = new STLLoader().parse(new STLExporter().parse(object));
  const meshes = [];
  new OBJLoader().parse(new OBJExporter().parse(object)).traverse((part) => part.isMesh && meshes.push(part.geometry));
  const text = await new Promise((done) => new PLYExporter().parse(object, done, {}));
  const obj = meshes.reduce((sum, geometry) => sum + volume(geometry), 0);
  return [volume(stl), obj, volume(new PLYLoader().parse(text))];
}

const material = new THREE.MeshStandardMaterial();
const cube = () => new THREE.Mesh(new THREE.BoxGeometry(1, 1, 1), material);
const five = new THREE.InstancedMesh(new THREE.BoxGeometry(1, 1, 1), material, 5);
for (let index = 0; index < 5; index += 1) {
  five.setMatrixAt(index, new THREE.Matrix4().makeTranslation(10 + 3 * index, 0, 0));
}
const keyed = cube();
const wider = Array.from(keyed.geometry.attributes.position.array, (value, index) => (index % 3 ? 0 : 2 * value));
keyed.geometry.morphAttributes.position = [new THREE.Float32BufferAttribute(wider, 3)];
keyed.geometry.morphTargetsRelative = true;
keyed.updateMorphTargets();
keyed.morphTargetInfluences[0] = 1;
const mirrored = cube();
mirrored.scale.x = -1;
const hidden = new THREE.Group().add(cube());
hidden.children[0].visible = false;

const seen = {
  plain: await volumes(cube()),
  "five instances": await volumes(five),
  "three times as wide": await volumes(keyed),
  mirrored: await volumes(mirrored),
  hidden: await volumes(hidden),
};
console.log(`three ${THREE.REVISION}, volumes as STL, OBJ and PLY:`, seen);
const size = new THREE.Box3().setFromObject(five).getSize(new THREE.Vector3()).x;
const wide = keyed.getVertexPosition(0, new THREE.Vector3()).x * 2;
const written = new STLLoader().parse(new STLExporter().parse(five));
written.computeBoundingBox();
console.log("three knows: five instances are", size, "long, and the keyed cube is", wide, "wide");
assert.deepStrictEqual([size, wide, written.boundingBox.max.x], [13, 3, 0.5]);
const one = [1, 1, 1];
assert.deepStrictEqual(seen, {
  plain: one,
  "five instances": one,
  "three times as wide": one,
  mirrored: [-1, -1, -1],
  hidden: one,
});
NODE
