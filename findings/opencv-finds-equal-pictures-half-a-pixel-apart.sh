#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# OpenCV 5.0.0 and 4.14.0: phaseCorrelate says that two equal pictures are (0.5, 0.5) pixels apart, with a response of 1, if
# their side padded to a size that is fast to transform is odd: 121 to 125 pixels (125), 217 to 225, 1081 to 1125 and more.
# scikit-image says 0.
for version in 5.0.0.93 4.14.0.94; do
  "$(dirname "$0")/python-with" 3.13 opencv-python-headless==$version numpy==2.5.5 scikit-image==0.26.0 <<'PYTHON' || exit 1
import cv2
import numpy as np
from skimage.registration import phase_cross_correlation

noise = np.random.default_rng(1).random((1200, 1200))
for side in (120, 121, 125, 126, 128, 216, 217, 225, 256, 625, 1024, 1081, 1125):
    picture = noise[:side, :side]
    window = cv2.createHanningWindow((side, side), cv2.CV_64F)
    (x, y), response = cv2.phaseCorrelate(picture, picture, window)
    other = phase_cross_correlation(picture, picture, upsample_factor=10)[0].tolist()
    print(f"OpenCV {cv2.__version__}, {side} px, equal: {x:.1f}, {y:.1f} apart, response {response:.1f}; scikit-image", other)
    wanted = 0.5 if cv2.getOptimalDFTSize(side) % 2 else 0
    assert abs(x - wanted) < 0.01
    assert abs(y - wanted) < 0.01
    assert response > 0.9
    assert not any(other)
PYTHON
done
