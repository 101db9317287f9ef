"""Verification of a file that the site made of a report: byte for byte, then part by part.

- comparison: parts of a file beside those of the file made again
- file_text: what a file says, whatever its format
- given_files: digests of the files that were given out
- links: links of a file, and where they lead
- office: paragraphs and cells of DOCX, ODT and HTML
- pdf: lines of a PDF, and what is drawn on its pages
- places: where each text of a report is, and which figures it prints
- process: subprocess of bounded memory and time that opens an untrusted file
- verify: what became of a file
- views: public page on which anybody has a file verified
"""
