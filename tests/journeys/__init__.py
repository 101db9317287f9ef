"""Journeys: scripts that go through the site as a person would, and print steps and seconds."""
