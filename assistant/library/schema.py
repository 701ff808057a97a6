"""The tables of the documents' database, as an append-only list of migrations."""

HISTORY: tuple[str, ...] = (
    # 1: documents, their pages and chunks, words and vectors
    """
    CREATE TABLE documents (
        id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, file TEXT NOT NULL, source TEXT NOT NULL,
        kind TEXT NOT NULL, digest TEXT NOT NULL, size INTEGER NOT NULL, pages INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('reading', 'ready')), added_at TEXT NOT NULL, removed_at TEXT);
    CREATE INDEX documents_digest ON documents (digest);
    CREATE TABLE pages (
        document INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE, number INTEGER NOT NULL,
        PRIMARY KEY (document, number)) WITHOUT ROWID;
    CREATE TABLE chunks (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        document INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        page INTEGER NOT NULL, position INTEGER NOT NULL, kind TEXT NOT NULL, heading TEXT NOT NULL,
        text TEXT NOT NULL, confidence REAL NOT NULL, digest BLOB NOT NULL);
    CREATE INDEX chunks_place ON chunks (document, page, position);
    CREATE INDEX chunks_digest ON chunks (digest);
    CREATE VIRTUAL TABLE chunk_words USING fts5 (
        text, heading, content = 'chunks', content_rowid = 'id', tokenize = 'porter unicode61 remove_diacritics 2');
    CREATE TRIGGER chunks_added AFTER INSERT ON chunks BEGIN
        INSERT INTO chunk_words (rowid, text, heading) VALUES (new.id, new.text, new.heading); END;
    CREATE TRIGGER chunks_removed AFTER DELETE ON chunks BEGIN
        INSERT INTO chunk_words (chunk_words, rowid, text, heading)
        VALUES ('delete', old.id, old.text, old.heading); END;
    CREATE TABLE vectors (
        chunk INTEGER PRIMARY KEY REFERENCES chunks (id) ON DELETE CASCADE, vector BLOB NOT NULL);
    CREATE TABLE codes (
        chunk INTEGER PRIMARY KEY REFERENCES chunks (id) ON DELETE CASCADE, document INTEGER NOT NULL,
        code BLOB NOT NULL);
    """,
    # 2: whether deleted words still wait for the rewriting of the file
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;",
)
