# SPDX-License-Identifier: GPL-3.0-or-later
"""The key comes from the environment or from its own file, and shows nowhere else."""

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from easel.client.errors import KeyMissing
from easel.client.key import VARIABLE, Key, KeyOrigin, KeyStore, account_mark, clean_key, mask
from easel.texts.refusal import Refusal

KEY = "3das-secret-0123456789abcdef"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "user" / "key.txt"


def test_a_saved_key_is_found(path: Path) -> None:
    store = KeyStore(path, {})
    assert store.find() is None
    store.save(KEY)
    assert store.find() == Key(value=KEY, origin=KeyOrigin.FILE)


def test_the_environment_wins(path: Path) -> None:
    store = KeyStore(path, {VARIABLE: f" {KEY}\n"})
    store.save("another-key")
    assert store.find() == Key(value=KEY, origin=KeyOrigin.ENVIRONMENT)


def test_an_empty_variable_is_none(path: Path) -> None:
    store = KeyStore(path, {VARIABLE: "  "})
    store.save(KEY)
    assert store.find() == Key(value=KEY, origin=KeyOrigin.FILE)


@pytest.mark.skipif(os.name != "posix", reason="no modes elsewhere")
def test_only_the_owner_may_read_the_file(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("old")
    path.chmod(0o644)
    KeyStore(path, {}).save(KEY)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_saving_leaves_nothing_else_behind(path: Path) -> None:
    KeyStore(path, {}).save(KEY)
    assert [entry.name for entry in path.parent.iterdir()] == ["key.txt"]


def test_a_refused_key_changes_nothing(path: Path) -> None:
    store = KeyStore(path, {})
    store.save(KEY)
    with pytest.raises(KeyMissing, match="no spaces"):
        store.save("two words")
    assert store.find() == Key(value=KEY, origin=KeyOrigin.FILE)


def test_a_failed_save_leaves_nothing_behind(path: Path) -> None:
    path.mkdir(parents=True)  # a folder where the file should be: replacing it fails
    with pytest.raises(Refusal, match="can't be written"):
        KeyStore(path, {}).save(KEY)
    assert [entry.name for entry in path.parent.iterdir()] == ["key.txt"]


def test_forgetting(path: Path) -> None:
    store = KeyStore(path, {})
    store.save(KEY)
    store.forget()
    store.forget()
    assert store.find() is None


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe\x00", b"a b", b"x" * 2000])
def test_a_spoilt_file_is_no_key(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    assert KeyStore(path, {}).find() is None


@pytest.mark.parametrize(
    "text",
    [
        KEY,
        f"  {KEY}\r\n",
        f'"{KEY}"',
        f"'{KEY}' ",
        f"\u201c{KEY}\u201d",
        f"`{KEY}`",
        f"Bearer {KEY}",
        f'"bearer  {KEY}"',
        f"Authorization: Bearer {KEY}",
    ],
)
def test_what_comes_with_a_paste_is_taken_off(text: str) -> None:
    assert clean_key(text) == KEY


@pytest.mark.parametrize(
    "text", ["", " ", '""', "Bearer ", f"{KEY}\n{KEY}", f"{KEY}\x00", f"{KEY} x", f"{KEY}é", KEY * 40]
)
def test_what_can_be_no_key_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(KeyMissing, match="API key") as caught:
        clean_key(text)
    assert KEY not in str(caught.value)


@given(st.text())
def test_a_cleaned_key_is_fit_for_a_header_and_stays_clean(text: str) -> None:
    try:
        value = clean_key(text)
    except KeyMissing:
        return
    assert value.isascii()
    assert value.isprintable()
    assert " " not in value


def test_where_a_key_may_come_from(tmp_path: Path) -> None:
    KeyStore(tmp_path / "key", {}).save("from-the-file-0123456789")
    environment = {"EASEL_API_KEY": KEY}

    def found(only: KeyOrigin | None, names: dict[str, str] = environment) -> KeyOrigin | None:
        key = KeyStore(tmp_path / "key", names, only=only).find()
        return key.origin if key is not None else None

    assert found(None) is KeyOrigin.ENVIRONMENT
    assert found(KeyOrigin.FILE) is KeyOrigin.FILE
    assert found(KeyOrigin.ENVIRONMENT) is KeyOrigin.ENVIRONMENT
    assert found(KeyOrigin.ENVIRONMENT, {}) is None
    assert found(None, {}) is KeyOrigin.FILE


def test_a_key_shows_nowhere() -> None:
    key = Key(value=KEY, origin=KeyOrigin.FILE)
    for text in (repr(key), str(key), f"{key}", f"{[key]}"):
        assert KEY not in text
        assert "secret" not in text


def test_mask_shows_the_end_of_long_keys_alone() -> None:
    assert mask(KEY) == "••••cdef"
    assert mask("short") == "••••"


def test_a_mark_tells_accounts_apart_and_nothing_of_the_key() -> None:
    mark = account_mark(KEY)
    assert mark == account_mark(KEY) != account_mark(KEY + "0")
    assert len(bytes.fromhex(mark)) == 4, "four billion keys share it"
