"""Writing of a report: figures picked by number, numbers typed without a source, its rereading.

- picks: figures that a form has picked, cited by number
- rereading: what to reread before a report is published
- typed_numbers: numbers of a text that no figure carries
"""
