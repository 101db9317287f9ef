"""Public results: pages, files and pictures of published figures.

- closed_rounds: what pages say of a closed round
- open_data: JSON and CSV
- preview_image: social preview image through typst
- queries: published snapshots queries
- quotations: quotable texts
- tables: public tables and charts of published figures
- views: public result pages
"""
