"""Staff: accounts, sessions and the audit trail."""
