"""Typesetting: PDF and pictures, made by typst in a subprocess.

- font_coverage: which characters the fonts of documents lack
- program: the program of that subprocess
- qr: QR code as SVG path
- subprocess: runs typst in a subprocess
"""
