-- As it went out with 1.6.0: a comma is missing, so the whole file is rolled back.
CREATE TABLE region_names (name TEXT PRIMARY KEY);
ALTER TABLE documents ADD COLUMN region TEXT NOT NULL DEFAULT 'eu-central-1';
INSERT INTO region_names (name) VALUES ('eu-central-1') ('us-east-1');
