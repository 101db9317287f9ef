"""Typesetting: PDF and pictures, made by typst in a subprocess.

- glyphs: which characters the PDF font lacks
- program: the program of that subprocess
- qr: QR code as SVG path
- subprocess: runs typst in a subprocess
"""
