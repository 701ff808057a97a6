"""Models from the Hugging Face hub: what is there, fetching it whole and pinned, and what is here."""
