# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets are taken out of texts."""

import pytest

from easel.client.redact import redact, short_url


@pytest.mark.parametrize(
    "text",
    [
        "key SECRET was refused",
        "{'Authorization': 'Bearer SECRET'}",
        "https://host/path?X-Amz-Signature=SECRET&x=1 failed",
        "HTTPSConnectionPool(host='h'): Max retries exceeded with url: /a.png?sig=SECRET (Caused by x)",
        "http://user:SECRET@proxy.studio:3128",
    ],
)
def test_secrets_are_masked(text: str) -> None:
    assert "SECRET" not in redact(text, "SECRET" if text.startswith("key") else "")


def test_plain_text_stays() -> None:
    text = "Did it work? The basic plan allows 3 requests."
    assert redact(text, "") == text


@pytest.mark.parametrize(
    ("url", "short"),
    [
        ("https://host.example/a/b.png?sig=x#y", "https://host.example/a/b.png"),
        ("https://user:pw@host.example:8443/", "https://host.example:8443/"),
        ("http://[::1]:80/x", "http://[::1]:80/x"),
        ("https://[broken", "an address that can't be read"),
        ("mailto:x", "an address without a host"),
    ],
)
def test_short_urls(url: str, short: str) -> None:
    assert short_url(url) == short
