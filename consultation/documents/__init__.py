"""Documents: the working document, written from an edition or from the plan in force.

- build: from an edition, or the plan in force, to a document
- changes: what changed since an earlier edition, and the decisions on each indicator
- docx: DOCX, for those who go on working on it
- docx_parts: fields, links, bookmarks and languages of a DOCX
- files: files that the team orders
- forms: which edition, with what changed or without, as which file
- formats: formats, those that can be written here, and their writers
- html: HTML in one file
- jobs: orders of the team in the queue, and what runs them
- labels: texts that are not the plan's, in both languages
- model: what a document says, whatever its format
- office: LibreOffice, which makes ODT where its trial did
- pdf: PDF that screen readers can read
- public/: files for the public, made once, and sentences on a document
- staff_views: order a document, follow it, take its file
- views: public pages of editions, their files, short addresses of forms
"""
