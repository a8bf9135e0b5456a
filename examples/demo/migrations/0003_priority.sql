-- slow
-- Expand only: programs of 1.4 neither read nor write the new column.
ALTER TABLE jobs ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
