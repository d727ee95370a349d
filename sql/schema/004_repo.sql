-- The repo room: what has been packed, and what a repository's files say.

-- ---------------------------------------------------------------- packs

INSERT INTO settings (key, value, least, most, doc) VALUES
  ('repo_budget', 40000, 200, 100000000, 'The context, in tokens, that a pack is for when no budget is given.'),
  ('repo_reserve', 8000, 0, 100000000, 'How many of these are left to the agent''s own work.'),
  ('encoding', 'o200k_base', NULL, NULL, 'The encoding that token_count() and packs count in when none is named. Others get a name by settings of their own: encoding.mistral is what ''mistral'' stands for, as ''o200k_base*1.15''. The index counts in o200k_base.');

-- What repo_pack_text() and repo_pack_delta() told of which file, under the name that their text ends with.
CREATE TABLE repo_packs (
  pack TEXT NOT NULL,
  root ANY NOT NULL,       -- a path without links; a blob where it is no UTF-8
  since TEXT,              -- of a delta: the pack that it continues
  budget INTEGER NOT NULL,
  format TEXT NOT NULL,
  query TEXT NOT NULL,
  encoding TEXT NOT NULL,
  files TEXT NOT NULL,     -- one a line: its hash, a space, its path
  created_ms INTEGER NOT NULL,
  PRIMARY KEY (pack, root)
) STRICT, WITHOUT ROWID;

CREATE INDEX repo_packs_created ON repo_packs (created_ms);

-- The git history of a folder, so that git is asked once for each commit. files: "time_ms commits path" of each file
-- that its newest thousand commits have changed, each ended by NUL.
CREATE TABLE repo_histories (
  root ANY PRIMARY KEY,    -- its path without links; a blob where that is no UTF-8
  head TEXT NOT NULL,      -- the commit that HEAD was at
  files BLOB NOT NULL,
  read_ms INTEGER NOT NULL
) STRICT;

-- ---------------------------------------------------------------- the index of repositories (repo_index, repo_search)

INSERT INTO settings (key, value, least, most, doc) VALUES
  ('search_budget', 4000, 16, 10000000, 'How many tokens repo_search() gives at most, when it is not told.');

-- One row for each folder that was indexed, until repo_forget() drops it, or agentinfra_prune() when the folder is gone. root: its path without links; a blob where that is no UTF-8. made_by: how
-- its files were counted and cut; where a library does it otherwise, all of them are read again. The id is at most
-- 32767, see indexed_files.
CREATE TABLE indexed_roots (
  root_id INTEGER PRIMARY KEY CHECK (root_id BETWEEN 1 AND 32767),
  root ANY NOT NULL UNIQUE,
  made_by TEXT NOT NULL,
  indexed_ms INTEGER
) STRICT;

-- One row for each file of such a folder that is neither ignored nor pruned. file is root_id * 2^32 + a number; its
-- passages have the rowids file * 2^16 + 0, 1, 2 … in the FTS5 table indexed_passages, which repo_index() makes, so
-- that hosts without FTS5 can work on this file. bytes to inode: its stat when it was read; ctime_ns is 0 when it was
-- changed so shortly before that a later change may not show in it. hash: XXH3 of its bytes. tokens: of its text
-- without secrets, NULL when it is binary. redacted: how many secrets. passages: how many it has, by which repo_index()
-- notices that some are missing.
CREATE TABLE indexed_files (
  file INTEGER PRIMARY KEY,
  root_id INTEGER NOT NULL,
  path ANY NOT NULL,
  bytes INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  ctime_ns INTEGER NOT NULL,
  inode INTEGER NOT NULL,
  hash INTEGER NOT NULL,
  tokens INTEGER,
  redacted INTEGER NOT NULL,
  passages INTEGER NOT NULL,
  UNIQUE (root_id, path)
) STRICT;

-- What a file declares (ext/repo/outline/outline.hpp); no row when that is nothing.
CREATE TABLE indexed_outlines (
  file INTEGER PRIMARY KEY,
  outline TEXT NOT NULL
) STRICT;
