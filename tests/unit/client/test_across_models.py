# SPDX-License-Identifier: GPL-3.0-or-later
"""The same prompt on several models: each gets the options that it offers, and the others are named."""

from typing import Any

import pytest
from hypothesis import given, strategies as st

from easel.client.across_models import on_model
from easel.client.models import MODELS, SIZE_RATIOS, Model, ModelId
from easel.client.options import OPTIONS, Choice, Count
from easel.client.requests import GenerateRequest, validate

FLASH, PRO = MODELS[ModelId.GEMINI_3_1_FLASH], MODELS[ModelId.GEMINI_3_PRO]
OLD, SEEDREAM = MODELS[ModelId.GEMINI_2_5_FLASH], MODELS[ModelId.SEEDREAM_V5_LITE]


@st.composite
def chosen(draw: st.DrawFn) -> tuple[Model, dict[str, Any]]:
    """Draw a model and a value for each of its options."""
    model = draw(st.sampled_from(list(MODELS.values())))
    options: dict[str, Any] = {}
    for option in OPTIONS:
        if not option.is_offered(model):
            continue
        match option:
            case Choice():
                options[option.name] = draw(st.sampled_from(option.values(model)))
            case Count():
                options[option.name] = draw(st.integers(1, model.max_images))
            case _:
                options[option.name] = draw(st.none() | st.just(True) | st.integers(0, 99))
    return model, options


@given(chosen())
def test_every_model_takes_what_it_is_given(made: tuple[Model, dict[str, Any]]) -> None:
    before, options = made
    for model in MODELS.values():
        kept, lost = on_model(options, before, model)
        validate(GenerateRequest(model=model.id, prompt="moss", **kept))
        if model is before:
            assert (kept, lost) == ({k: v for k, v in options.items() if v is not None}, [])


@given(chosen())
def test_a_shape_is_kept_whatever_it_is_called(made: tuple[Model, dict[str, Any]]) -> None:
    before, options = made
    ratio = options.get("aspect_ratio", SIZE_RATIOS.get(options.get("image_size", ""), "auto"))
    for model in MODELS.values():
        kept, lost = on_model(options, before, model)
        if ratio in model.aspect_ratios:
            assert kept["aspect_ratio"] == ratio
        elif model is SEEDREAM and before is not SEEDREAM and ratio in SIZE_RATIOS.values():
            assert SIZE_RATIOS[kept["image_size"]] == ratio
        elif ratio != "auto" and model is not before and before.image_sizes != model.image_sizes:
            assert any("aspect ratio" in text for text in lost), "what is lost is said"


@pytest.mark.parametrize(
    ("options", "model", "told"),
    [
        ({"resolution": "4K"}, OLD, "Gemini 2.5 Flash has no resolution option."),
        ({"resolution": "1K", "output_format": "png"}, SEEDREAM, ""),
        ({"resolution": "512px"}, PRO, "Gemini 3 Pro has no resolution “512px”. Allowed: 1K, 2K, 4K."),
    ],
)
def test_only_what_was_chosen_is_told(options: dict[str, Any], model: Model, told: str) -> None:
    assert on_model(options, FLASH, model)[1] == ([told] if told else [])


def test_more_images_than_a_model_makes_are_as_many_as_it_does() -> None:
    kept, lost = on_model({"count": 6, "seed": 7}, SEEDREAM, FLASH)
    assert kept["count"] == 4
    assert lost == ["Gemini 3.1 Flash makes 1 to 4 images at once, not 6.", "Gemini 3.1 Flash has no seed."]
