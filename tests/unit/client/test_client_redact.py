# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts lose their secrets."""

import pytest

from easel.client.redact import redact, short_url, without_user


@pytest.mark.parametrize(
    "text",
    [
        "key SECRET was refused",
        "{'Authorization': 'Bearer SECRET'}",
        "https://host/path?X-Amz-Signature=SECRET&x=1 failed",
        "HTTPSConnectionPool(host='h'): Max retries exceeded with url: /a.png?sig=SECRET (Caused by x)",
        "http://user:SECRET@proxy.studio:3128",
        "http://user:one@SECRET@proxy.studio:3128",
        "user:SECRET@proxy.studio:3128",
        "user:one@SECRET@proxy.studio:3128",
        "can't reach STUDIO\\user:SECRET@10.0.0.1:3128.",
        "user:SECRET@[::1]:3128",
    ],
)
def test_secrets_are_masked(text: str) -> None:
    assert "SECRET" not in redact(text, "SECRET" if text.startswith("key") else "")


@pytest.mark.parametrize(
    "text",
    [
        "Did it work? The basic plan allows 3 requests.",
        "At 12:30:45: https://host.example:8443/wood@2x.png",
        "C:\\Users\\wood@2x.png",
        "Owner: anna@studio.example",
    ],
)
def test_plain_text_stays(text: str) -> None:
    assert redact(text, "") == text


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("http://user:SECRET/ @SEC RET@proxy:3128", "http://•••@proxy:3128"),
        ("user:SEC RET/@proxy:3128", "•••@proxy:3128"),
        ("user@proxy", "•••@proxy"),
        ("http://proxy:3128", "http://proxy:3128"),
        ("proxy:3128", "proxy:3128"),
        ("", ""),
    ],
)
def test_an_address_is_told_without_its_user(address: str, told: str) -> None:
    assert without_user(address) == told


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
