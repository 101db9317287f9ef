"""What came by mail: read, sorted, and made a contribution once a person has decided."""
