"""Public decisions: what became of what was said, page by page and as files.

- differences: texts of an indicator before and after, in the language of the page
- history: versions of an indicator, with the decisions that led to each
- labels: public words for texts and measurements of an indicator
- open_data: JSON and CSV files of published decisions
- overview: published decisions by edition or by measure, narrowed down, a page at a time
- quotations: a few of the texts that a decision rests on
- views: public pages, files and feed of decisions
"""
