"""Copies the browser's files out of node_modules into static/vendor/, with a manifest of hashes."""

import hashlib
import json
import re
import shutil
import sys
from pathlib import Path

from app.config import ROOT

MODULES = ROOT / "node_modules"
VENDOR = ROOT / "static/vendor"
ICON_NAMES = ROOT / "static/icons.txt"

FONT = "@fontsource/be-vietnam-pro"
SUBSETS = ("latin", "latin-ext", "vietnamese")
WEIGHTS = (400, 500, 600, 700)

# Where a file comes from below node_modules, and its place below static/vendor.
FILES = {
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "echarts/dist/echarts.min.js": "echarts.min.js",
    "zxing-wasm/dist/es/share.js": "zxing/share.js",
    "zxing-wasm/dist/es/reader/index.js": "zxing/reader/index.js",
    "zxing-wasm/dist/reader/zxing_reader.wasm": "zxing/zxing_reader.wasm",
    "leaflet/dist/leaflet.js": "leaflet/leaflet.js",
    "leaflet/dist/leaflet.css": "leaflet/leaflet.css",
    "leaflet/dist/images/layers.png": "leaflet/images/layers.png",
    "leaflet/dist/images/layers-2x.png": "leaflet/images/layers-2x.png",
    "leaflet/dist/images/marker-icon.png": "leaflet/images/marker-icon.png",
    "leaflet/dist/images/marker-icon-2x.png": "leaflet/images/marker-icon-2x.png",
    "leaflet/dist/images/marker-shadow.png": "leaflet/images/marker-shadow.png",
} | {
    f"{FONT}/files/be-vietnam-pro-{subset}-{weight}-normal.woff2": (
        f"fonts/be-vietnam-pro-{subset}-{weight}-normal.woff2"
    )
    for subset in SUBSETS
    for weight in WEIGHTS
}
SOURCE_MAP = re.compile(rb"\n?//# sourceMappingURL=.*\s*$")
SVG = re.compile(r'<svg[^>]*viewBox="(?P<box>[^"]+)"[^>]*>(?P<body>.*)</svg>', re.DOTALL)


def build(modules: Path, icon_names: Path, vendor: Path) -> dict[str, str]:
    """Fill `vendor` anew and return its manifest; what is no longer listed goes."""
    draft = vendor.with_name(f"{vendor.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    for source, target in FILES.items():
        place = draft / target
        place.parent.mkdir(parents=True, exist_ok=True)
        # The maps are not shipped, and a browser's tools would ask for them in vain.
        place.write_bytes(SOURCE_MAP.sub(b"\n", (modules / source).read_bytes()))
    (draft / "icons.svg").write_text(sprite(modules, icon_names), encoding="utf-8")
    manifest = {
        str(path.relative_to(draft)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(draft.rglob("*"))
        if path.is_file()
    }
    (draft / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    shutil.rmtree(vendor, ignore_errors=True)
    draft.rename(vendor)
    return manifest


def sprite(modules: Path, icon_names: Path) -> str:
    """One SVG with a <symbol> for each name in the list, its id the name."""
    lines = (line.strip() for line in icon_names.read_text(encoding="utf-8").splitlines())
    names = sorted({line for line in lines if line and not line.startswith("#")})
    symbols = "\n".join(symbol(modules, name) for name in names)
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}\n</svg>\n'


def symbol(modules: Path, name: str) -> str:
    path = modules / f"bootstrap-icons/icons/{name}.svg"
    if not path.exists():
        raise SystemExit(f"{ICON_NAMES.name}: bootstrap-icons has no “{name}”")
    found = SVG.search(path.read_text(encoding="utf-8"))
    assert found, path
    body = " ".join(found["body"].split())
    return f'<symbol id="{name}" viewBox="{found["box"]}">{body}</symbol>'


if __name__ == "__main__":
    count = len(build(MODULES, ICON_NAMES, VENDOR))
    print(f"{count} files in {VENDOR.relative_to(ROOT)}", file=sys.stderr)
