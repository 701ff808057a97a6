"""What a picture or document shows: print in reading order, objects, colours, barcodes, quality."""
