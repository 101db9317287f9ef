"""The programme of hostile input; its sites are made once for each file that needs one."""

from pathlib import Path

import pytest

from tests.mail.smtp_server import certificate_authority as certificate_authority


def pytest_collection_modifyitems(items):
    """What shares a site runs in one worker, file by file."""
    here = Path(__file__).parent
    for item in (item for item in items if here in item.path.parents):
        item.add_marker(pytest.mark.xdist_group(f"hostile {item.path.stem}"))
