"""The surroundings of a page."""
