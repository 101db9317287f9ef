"""The settings as docs/reglages.md lists them: `python -m tests.settings_table`."""

from consultation.settings import PREFIX, SETTINGS


def table() -> str:
    """Return the settings as a Markdown table."""
    lines = ["| Variable | Défaut | Rôle |", "| --- | --- | --- |"]
    for setting in SETTINGS:
        default = setting.default
        if isinstance(default, bool):
            default = "on" if default else "off"
        shown = f"`{default}`" if default != "" else ""
        lines.append(f"| `{PREFIX}{setting.name}` | {shown} | {setting.help} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())
