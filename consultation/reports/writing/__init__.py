"""Writing of a report: figures picked by number, numbers typed without a source, its rereading.

- own_texts: texts of the team with what they cite, to reread before a report is published
- picks: figures that a form has picked, cited by number
- typed_numbers: numbers of a text that no figure carries
"""
