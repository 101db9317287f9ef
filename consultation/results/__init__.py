"""What it says: tallies and consensus."""
