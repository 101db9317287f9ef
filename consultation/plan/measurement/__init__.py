"""Measurement of an indicator: its typed values, and what makes a wording hard to measure.

- proposals: typed values proposed from the free texts of indicators
- remarks: remarks on the wording of an indicator
- texts: the texts of a measurement, as a form and a file have them
- values: kind of value, direction, and the values to start from and to reach
- views: staff page of the values that are proposed
"""
