#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# usd-core 26.11: a quaternion is (real, i, j, k) in its constructor, in what Python prints, and in a .usda. But a numpy array
# that becomes a `Vt.QuatfArray`, and the array that is made of one, have the real part last.
# Nothing checks it: 60 degrees about Z, handed over as [[0.866, 0, 0, 0.5]] with `FromNumpy` or `Set`, turn an instance by 120
# degrees about X. The page of help says only "An array of type GfQuatf", and `FromNumpy` has none.
exec "$(dirname "$0")/python-with" 3.13 usd-core==26.11 numpy==2.5.5 <<'PYTHON'
import numpy as np
from pxr import Gf, Usd, UsdGeom, Vt

REAL, K = float(np.cos(np.pi / 6)), float(np.sin(np.pi / 6))
array = np.array([[REAL, 0, 0, K]], np.float32)
stage = Usd.Stage.CreateInMemory()
instancer = UsdGeom.PointInstancer.Define(stage, "/Trees")
cube = UsdGeom.Cube.Define(stage, "/Trees/Cube")
instancer.CreatePrototypesRel().AddTarget(cube.GetPath())
instancer.CreateProtoIndicesAttr([0])
instancer.CreatePositionsAttr([(0, 0, 0)])
turns = instancer.CreateOrientationsfAttr()


def turned(value):
    turns.Set(value)
    rotation = instancer.ComputeInstanceTransformsAtTime(0, 0)[0].ExtractRotation()
    return round(rotation.GetAngle(), 1), tuple(round(part, 1) for part in rotation.GetAxis())


seen = {
    "a list of Quatf": turned([Gf.Quatf(REAL, 0, 0, K)]),
    "FromNumpy": turned(Vt.QuatfArray.FromNumpy(array)),
    "Set of numpy": turned(array),
    "numpy, real part last": turned(np.roll(array, -1, axis=1)),
}
for name, (degrees, axis) in seen.items():
    print(f"USD {Usd.GetVersion()}, {name}: {degrees} degrees about {axis}")
turns.Set([Gf.Quatf(REAL, 0, 0, K)])
back = np.array(turns.Get())[0].round(3).tolist()
text = next(line for line in stage.ExportToString().splitlines() if "orientationsf" in line)
print(text.strip(), "is in numpy", back)
assert seen["a list of Quatf"] == seen["numpy, real part last"] == (60.0, (0, 0, 1))
assert seen["FromNumpy"] == seen["Set of numpy"] == (120.0, (1, 0, 0))
assert "(0.8660254, 0, 0, 0.5)" in text
assert np.allclose(back, (0, 0, 0.5, 0.866))
assert Vt.QuatfArray.__doc__.strip() == "An array of type GfQuatf."
assert not Vt.QuatfArray.FromNumpy.__doc__
PYTHON
