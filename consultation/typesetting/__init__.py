"""Typesetting: PDF and pictures, made by typst in a subprocess.

- attachment: answers with a PDF to keep
- font_coverage: which characters the fonts of documents lack
- markdown: blocks of the Markdown of organisers
- program: the program of that subprocess
- qr: QR code as SVG path
- subprocess: runs typst in a subprocess
- tagged_pdf: PDF/UA of texts that anybody may have written
"""
