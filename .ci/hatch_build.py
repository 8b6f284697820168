"""Generates lookup/v1 from protos/ and compiles the catalogues when the package is installed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


def generate(root: Path) -> None:
    """Write `lookup/v1/*_pb2.py`, `*_pb2_grpc.py` and their stubs below `root`."""
    import grpc_tools
    from grpc_tools import protoc

    protos = root / "protos"
    files = sorted(str(path) for path in protos.glob("lookup/v1/*.proto"))
    well_known = Path(grpc_tools.__file__).parent / "_proto"
    outputs = [f"--{kind}_out={root}" for kind in ("python", "grpc_python", "mypy", "mypy_grpc")]
    bindir = Path(sys.executable).parent
    plugins = [
        f"--plugin=protoc-gen-{name}={bindir / f'protoc-gen-{name}'}"
        for name in ("mypy", "mypy_grpc")
        if (bindir / f"protoc-gen-{name}").exists()
    ]
    code = protoc.main(["protoc", f"-I{protos}", f"-I{well_known}", *plugins, *outputs, *files])
    if code:
        raise SystemExit(f"protoc failed with exit code {code}")


def compile_catalogues(root: Path) -> None:
    """Write `lookup/languages/*.mo` from the `.po` files beside them."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    for path in sorted((root / "lookup" / "languages").glob("*.po")):
        with path.open("rb") as file:
            catalogue = read_po(file, locale=path.stem, abort_invalid=True)
        with path.with_suffix(".mo").open("wb") as file:
            write_mo(file, catalogue)


class CustomBuildHook(BuildHookInterface):
    """Runs before every build of a wheel or an editable installation."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Generate the modules and compile the catalogues."""
        del version, build_data
        generate(Path(self.root))
        compile_catalogues(Path(self.root))


if __name__ == "__main__":
    generate(Path(__file__).resolve().parent.parent)
    compile_catalogues(Path(__file__).resolve().parent.parent)
