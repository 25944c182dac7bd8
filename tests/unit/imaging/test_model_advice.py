# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults that would spoil a model are found in drawn pictures, with few mistakes."""

from collections import Counter

import numpy as np
from concept_pictures import pictures

from easel.imaging.model_advice import advice_for

WORDS = {"text": "text", "shadow": "shadow", "busy": "busy"}

KINDS = ("robot", "stone", "car", "fence", "shelf", "lamp", "tree", "chess")
"""Some of the drawn objects: grey, thin, striped, in pieces, or with parts that look like letters."""


def found_in(advice: list[str]) -> set[str]:
    return {fault for fault, word in WORDS.items() if any(word in line for line in advice)}


def test_faults_are_seen_and_none_where_there_is_none() -> None:
    """The advice finds almost all faults in 48 pictures, and at most one that is not there."""
    hits: Counter[str] = Counter()
    mistakes: list[tuple[str, str]] = []
    for concept in pictures(KINDS):
        picture = concept.picture.resize((512, 512))
        found = found_in(advice_for(np.asarray(picture)))
        hits.update(found & concept.faults)
        mistakes += [(concept.name, fault) for fault in found - concept.faults]
    assert hits["text"] == 8
    assert hits["busy"] == 8
    assert hits["shadow"] >= 7  # a fence's shadow is too thin
    assert len(mistakes) <= 1, mistakes


def test_a_cut_out_picture_is_looked_at_as_it_is_seen() -> None:
    concept = next(one for one in pictures(KINDS) if one.faults == {"text"})
    colours = np.asarray(concept.picture.resize((512, 512)))
    alpha = (colours < 250).any(2).astype(np.uint8) * 255
    assert found_in(advice_for(np.dstack((colours, alpha)))) == {"text"}
    clear = np.dstack((colours, np.zeros_like(alpha)))
    assert found_in(advice_for(clear)) == set(), "what is transparent is not seen"
    assert not found_in(advice_for(np.full((40, 60), 255, np.uint8)))
