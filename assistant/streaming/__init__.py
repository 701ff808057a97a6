"""Words while somebody still speaks: sound that arrives, early readings, settled windows, events."""
