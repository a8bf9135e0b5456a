ALTER TABLE documents ADD COLUMN region TEXT NOT NULL DEFAULT 'eu-central-1';
