"""The browser's files: what is copied, the sprite, and that what pages name is there."""

import hashlib
import json
import re
from pathlib import Path

import pytest

from app.config import ROOT, folder
from app.local import assets

NAMED = re.compile(r"vendor/([\w./@-]+\.(?:js|css|svg|woff2|png|wasm))")

pytestmark = pytest.mark.skipif(
    not assets.MODULES.exists(), reason="node_modules is not there: run `make`"
)


def test_the_manifest_holds_every_file_and_its_hash(tmp_path: Path) -> None:
    vendor = tmp_path / "vendor"
    (vendor / "gone").mkdir(parents=True)
    manifest = assets.build(assets.MODULES, assets.ICON_NAMES, vendor)
    assert json.loads((vendor / "manifest.json").read_text()) == manifest
    for name, digest in manifest.items():
        content = (vendor / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == digest
        assert b"sourceMappingURL" not in content
    assert not (vendor / "gone").exists()


def test_every_file_that_a_page_or_a_style_names_is_copied() -> None:
    known = {*assets.FILES.values(), "icons.svg"}
    sources = [*folder("templates").rglob("*.html"), *(ROOT / "static/css").glob("*.css")]
    sources += (ROOT / "static/js").rglob("*.js")
    named = {name for path in sources for name in NAMED.findall(path.read_text("utf-8"))}
    assert named
    assert named <= known


def test_the_sprite_has_a_symbol_for_each_name(tmp_path: Path) -> None:
    names = tmp_path / "icons.txt"
    names.write_text("# what the pages need\nhouse\ngeo-alt\n\nhouse\n")
    sprite = assets.sprite(assets.MODULES, names)
    assert re.findall(r'<symbol id="([\w-]+)"', sprite) == ["geo-alt", "house"]
    assert "<script" not in sprite


def test_an_unknown_icon_is_named(tmp_path: Path) -> None:
    names = tmp_path / "icons.txt"
    names.write_text("no-such-icon\n")
    with pytest.raises(SystemExit, match="no-such-icon"):
        assets.sprite(assets.MODULES, names)
