"""What leaves: the workbook and its codebook."""
