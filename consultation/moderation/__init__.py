"""What may be shown: screening, decisions, redaction, near-duplicates."""
