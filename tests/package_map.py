"""Package map of docs/architecture.md: `python -m tests.package_map` writes it anew.

It is made of the first docstring line of each package, and of each module at the top, so that it
says what the code says.
"""

import ast
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "consultation"
PAPER = ROOT / "docs" / "architecture.md"
START, END = "<!-- package map -->\n", "<!-- end of the package map -->"


def package_map() -> str:
    """Return the tree of packages, one line each, as a fenced block."""
    lines = ["consultation/"]
    for path in sorted(PACKAGE.rglob("*.py")):
        is_package = path.name == "__init__.py"
        if path == PACKAGE / "__init__.py" or not (is_package or path.parent == PACKAGE):
            continue
        place = path.parent if is_package else path
        depth = len(place.relative_to(PACKAGE).parts)
        name = f"{'  ' * depth}{place.name if is_package else place.stem}{'/' * is_package}"
        lines.append(f"{name:<22} {_first_line(path)}")
    return "\n".join(["```text", *lines, "```", ""])


def with_map(paper: str) -> str:
    """Return the text of the paper with the present map between its marks."""
    before, _, rest = paper.partition(START)
    return f"{before}{START}{package_map()}{END}{rest.partition(END)[2]}"


def _first_line(path: Path) -> str:
    docstring = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    return docstring.partition("\n")[0]


if __name__ == "__main__":
    PAPER.write_text(with_map(PAPER.read_text("utf-8")), "utf-8")
