"""The privacy notice that a respondent is shown: its version, stored with each consent."""

VERSION = "2026-11"
