"""Under the kept documents: files taken apart, chunks, the index, search, and the sentence that answers."""
