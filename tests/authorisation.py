"""The table of who may call what, made from the routes: `python -m tests.authorisation` writes it.

Whoever changes a route reads the difference: the table is what was reviewed.
"""

import tempfile
from pathlib import Path

from consultation import create_app
from consultation.accounts.models import Role
from consultation.accounts.roles import GRANTS
from consultation.web.permissions import Permission

TABLE = Path(__file__).with_name("authorisation.csv")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def lines_of(app):
    """One line for each route and method: address, method, permission, roles it opens to.

    The last word is what a stranger is answered: the page, the sign-in, or nothing.
    """
    found = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        permission = app.view_functions[rule.endpoint].permission
        for method in METHODS:
            if method in rule.methods:
                roles, stranger = roles_of(permission), told_to_strangers(permission, method)
                found.append(f"{rule.rule};{method};{permission.value};{roles};{stranger}")
    return sorted(found)


def told_to_strangers(permission, method):
    if permission is Permission.PUBLIC:
        return "page"
    return "sign-in" if method == "GET" else "404"


def roles_of(permission):
    if permission is Permission.PUBLIC:
        return "everyone"
    return " ".join(role.value for role in Role if permission in GRANTS[role]) or "nobody"


def main():
    with tempfile.TemporaryDirectory() as home:
        app = create_app({"HOME": Path(home)})
        TABLE.write_text("\n".join(lines_of(app)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
