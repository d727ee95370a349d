-- What every room stands on: the schema's own version, settings, the clock of replays, answered requests.
--
-- House rules for every migration. Built-in SQL only, so that any SQLite reads, dumps and restores the file. Times are
-- Unix milliseconds in columns ending _ms. Never IF NOT EXISTS: a table of our name that is not ours must not be used.
-- Later migrations only add, and say in agentinfra_meta.min_reader_version which older library may still work here.

-- One row. views: the names of our views, with spaces between. token_origin names the boot and the file in which fencing tokens were last handed out; where it is not
-- this boot and this file (a reboot, a restored backup, a copy) tokens go on above token_floor. See locks.
CREATE TABLE agentinfra_meta (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  schema_version INTEGER NOT NULL,
  min_reader_version INTEGER NOT NULL,
  views TEXT NOT NULL DEFAULT '',
  token_floor INTEGER NOT NULL DEFAULT 0,
  token_origin TEXT,
  created_ms INTEGER NOT NULL
) STRICT;

INSERT INTO agentinfra_meta (one, schema_version, min_reader_version, created_ms)
VALUES (1, 1, 1, CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER));

CREATE TABLE settings (
  key TEXT PRIMARY KEY,
  value ANY,
  doc TEXT NOT NULL,
  least INTEGER,
  most INTEGER
) STRICT, WITHOUT ROWID;

INSERT INTO settings (key, value, least, most, doc) VALUES
  ('busy_timeout_ms', 5000, 0, 3600000, 'How long a verb waits for the write lock of the file.'),
  ('replay', 0, 0, 1, '1 makes clock_set() work: for tests, replays and simulations. Set it before agents connect.');

CREATE TRIGGER settings_in_range BEFORE UPDATE OF value ON settings
WHEN typeof(NEW.value) <> typeof(OLD.value) OR NEW.value < OLD.least OR NEW.value > OLD.most
BEGIN
  SELECT RAISE(ABORT, 'settings: a value keeps its type and stays from `least` to `most`');
END;

CREATE TRIGGER settings_stay BEFORE DELETE ON settings
WHEN OLD.least IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'settings: a setting of agentinfra is changed, not deleted');
END;

-- Empty, but in a replay: there it holds the time it is. Views read it through view agentinfra_now.
CREATE TABLE agentinfra_clock (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  now_ms INTEGER NOT NULL
) STRICT;

-- Without a replay there is no time but the machine's.
CREATE TRIGGER settings_end_replay AFTER UPDATE OF value ON settings
WHEN NEW.key = 'replay' AND NEW.value = 0
BEGIN
  DELETE FROM agentinfra_clock;
END;

-- The first answer to a request (the INSERT form's request_id, here 'verb/id'), so that a retry changes nothing.
CREATE TABLE requests (
  request_id TEXT PRIMARY KEY,
  result ANY,
  done_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
