CREATE TABLE documents (
  id    TEXT PRIMARY KEY,
  title TEXT NOT NULL
);
INSERT INTO documents (id, title) VALUES ('welcome', 'Welcome to Piprio');
