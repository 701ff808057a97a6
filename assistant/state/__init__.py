"""Under the memory: the database, its migrations, search, undo and the audit log."""
