"""Documents: the working document, written from an edition or from the plan in force.

- build: from an edition, or the plan in force, to a document
- changes: what changed since an earlier edition, and the decisions on each indicator
- docx: DOCX, for those who go on working on it
- docx_parts: fields, links, bookmarks and languages of a DOCX
- files: files that the team orders, and those that the public page keeps
- formats: formats, those that can be written here, and their writers
- html: HTML in one file
- introduction: blocks of the Markdown of an introduction
- labels: texts that are not the plan's, in both languages
- model: what a document says, whatever its format
- odt: ODT, which LibreOffice makes of the DOCX
- pdf: PDF that screen readers can read
- views: public pages of editions, their files, short addresses of forms
"""
