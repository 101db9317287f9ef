"""Where the files beside the code are: at the top of a checkout, inside an installed wheel."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
CHECKOUT = PACKAGE.parent


def is_checkout() -> bool:
    """Say whether the code runs from a clone rather than from an installed wheel."""
    return (CHECKOUT / "pyproject.toml").is_file() and (CHECKOUT / "migrations").is_dir()


def resource(name: str) -> Path:
    """Return the folder `templates`, `static` or `migrations`."""
    shipped = PACKAGE / "_resources" / name
    return shipped if shipped.is_dir() else CHECKOUT / name
