"""Typesetting: PDF and pictures, made in a process apart.

- glyphs: which characters the PDF font lacks
- program: that subprocess
- qr: QR code as SVG path
- subprocess: runs typst in a subprocess
"""
