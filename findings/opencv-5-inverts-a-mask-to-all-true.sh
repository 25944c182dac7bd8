#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# OpenCV 5.0.0 takes numpy's bool arrays, which OpenCV 4.14.0 refused. But `bitwise_not` inverts all eight bits of a bool:
# the mask that comes back is a bool array of the bytes 254 and 255, and True everywhere. It and the true inverse still
# differ in four of 16 places. Both versions take arrays of int64 and give int32 without a check: 5,000,000,000 becomes
# 705,032,704, though cv2 has a CV_64S since 5.
for version in 5.0.0.93 4.14.0.94; do
  "$(dirname "$0")/python-with" 3.13 opencv-python-headless==$version numpy==2.5.5 <<'PYTHON' || exit 1
import cv2
import numpy as np

mask = np.zeros((4, 4), bool)
mask[1:3, 1:3] = True
is_five = cv2.__version__.startswith("5.")
try:
    inverse = cv2.bitwise_not(mask)
except cv2.error as error:
    print(f"OpenCV {cv2.__version__}: refused: bool is not supported", "bool is not supported" in str(error))
    assert not is_five
else:
    stored = np.unique(inverse.view(np.uint8)).tolist()
    same = int((inverse == ~mask).sum())
    print(f"OpenCV {cv2.__version__}: {inverse.dtype}, stored as {stored}, {inverse.sum()} of 16 True, {same} as numpy's")
    assert is_five
    assert inverse.dtype == bool
    assert stored == [254, 255]
    assert inverse.all()
    assert same == 12
numbers = np.array([[5_000_000_000, 1]], np.int64)
back = cv2.flip(numbers, 0)
print(f"OpenCV {cv2.__version__}: {numbers.tolist()} of int64 comes back as {back.tolist()} of {back.dtype}")
assert back.dtype == np.int32
assert back.tolist() == [[705_032_704, 1]]
assert hasattr(cv2, "CV_64S") == is_five
PYTHON
done
