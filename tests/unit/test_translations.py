# SPDX-License-Identifier: GPL-3.0-or-later
"""Each language speaks to the artist in one way, and writes its own punctuation.

Spanish and German use infinitives for instructions, as Blender's own translations do. French uses `vous`,
and Japanese uses polite sentences. `tests/blender/test_languages.py` checks placeholders and sentences' ends.
"""

import re

import dictionaries
import pytest

KANA_OR_HAN = "[\u3040-\u30ff\u4e00-\u9fff]"
AFTER_A_SIGN = r"(?:[.:;] |, o )"  # Spanish descriptions of operators begin with the same forms: "Elige …"
UNWANTED = {
    "de: du": ("de", r"\b([Dd]u|[Dd]ein(e[mnrs]?)?|[Dd]ir|[Dd]ich|[Ww]arte|[Ww]ähle|[Kk]licke|[Öö]ffne)\b"),
    "de: imperatives with Sie": ("de", r"(^|[.:] )\w+en Sie\b"),
    "es: tú": ("es", r"\b([Tt]ú|[Tt]us?|[Hh]az|[Ii]nténtalo)\b"),
    "es: imperatives": (
        "es",
        rf"{AFTER_A_SIGN}(elig|elij|selecci?on|escrib|guard|abr|us|añad|quit|cambi|mir|esper|borr|prueb)[ae]\b",
    ),
    "es: usted": ("es", r"\b(usted|[Hh]aga clic|[Ss]eleccione|[Ii]ntente|[Cc]ompruebe)\b"),
    "es: imperatives with a pronoun": ("es", r"[:.;,] \w*[áéí]\w*[ae](lo|la|los|las)\b"),
    "fr: tu": ("fr", r"\b([Tt]u|[Tt]on|[Tt]es|[Tt]oi)\b"),
    "fr: straight apostrophes": ("fr", r"\w'\w"),
    "ja: plain sentences": ("ja", r"(?<![まで])(する|した|ない|れる|なる|いる|ある|である)。"),
    "ja: narrow punctuation": ("ja", rf"{KANA_OR_HAN} ?[,!?;:(]"),
    "zh_HANS: narrow punctuation": ("zh_HANS", r"[\u4e00-\u9fff] ?[,!?;:()]"),
    "zh_HANS: two ways to say you": ("zh_HANS", "你"),
}


@pytest.mark.parametrize("rule", UNWANTED)
def test_a_language_keeps_to_one_form(rule: str) -> None:
    language, pattern = UNWANTED[rule]
    texts = dictionaries.read(language).items()
    assert {text: found for text, found in texts if found and re.search(pattern, found)} == {}
