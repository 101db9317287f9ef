"""Parts of a file, as they are compared."""

from consultation.reports.verification.file_text import key_of


def test_parts_are_the_same_wherever_a_line_may_end_in_them():
    assert key_of("le plan 2024-2027, le 11 mars") == key_of(
        "le plan 2024\u20112027,\nle 11\u00a0mars"
    )
    assert key_of("2024-2027") != key_of("2024 2027")
