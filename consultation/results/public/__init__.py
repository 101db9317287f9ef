"""Public results: pages, files and pictures of published figures.

- allocation: which measures to propose, from published figures alone
- closed_rounds: closing date and contributions of a closed round
- labels: public words for published figures
- open_data: JSON and CSV files of published figures
- overview: what public figures say together, of all measures and of each axis
- preview_image: preview image that other sites display beside a link
- queries: queries of public snapshots
- quotations: respondents' texts quoted beside the figures
- tables: public tables and charts of published figures
- views: public result pages and files
"""
