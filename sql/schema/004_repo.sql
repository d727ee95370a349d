-- The repo room: what has been packed, and what a repository's files say.

-- ---------------------------------------------------------------- packs

INSERT INTO settings (key, value, least, most, doc) VALUES
  ('repo_budget', 40000, 200, 100000000, 'The context, in tokens, that a pack is for when no budget is given.'),
  ('repo_reserve', 8000, 0, 100000000, 'How many of these are left to the agent''s own work.');

-- What repo_pack_text() and repo_pack_delta() told of which file, under the name that their text ends with.
CREATE TABLE repo_packs (
  pack TEXT PRIMARY KEY,
  since TEXT,              -- of a delta: the pack that it continues
  root ANY NOT NULL,       -- a path; a blob where it is no UTF-8
  budget INTEGER NOT NULL,
  format TEXT NOT NULL,
  query TEXT NOT NULL,
  encoding TEXT NOT NULL,
  files TEXT NOT NULL,     -- one a line: its hash, a space, its path
  created_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX repo_packs_created ON repo_packs (created_ms);
