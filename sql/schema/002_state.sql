-- Shared state: agents and their runs, keys and values, locks, coordination, heartbeats, a journal.
--
-- Views never scan history: what they need of it (streaks, the live run, p95) is folded into `agents` by triggers.
-- `clock` columns name a clock domain (boot id and time namespace, or 'given'), _clock_ms columns count in it: they
-- decide. The _ms columns beside them are for people.

INSERT INTO settings (key, value, least, most, doc) VALUES
  ('lock_ttl_s', 1800, 1, 316224000, 'How long a lock is held when lock_acquire() is not told.'),
  ('run_lease_s', 86400, 1, 316224000, 'How long a run may go without a beat before run_reap() gives it up, when run_start() is not told.'),
  ('heartbeat_ttl_s', 600, 1, 316224000, 'After how long a heartbeat is stale, when agent_heartbeat() is not told.');

-- ---------------------------------------------------------------- agents and runs

-- Columns from live_run on are kept by triggers on `runs`: live_run is the newest of live_runs, starts holds the last 33
-- starts (Unix milliseconds, 14 digits each, the newest first). metadata is JSON; no CHECK says so, because the JSON
-- functions of SQLite before 3.44 make a schema unreadable where trusted_schema is off. backend is its member "backend".
CREATE TABLE agents (
  agent TEXT PRIMARY KEY,
  kind TEXT,
  job_id TEXT,
  metadata TEXT,
  backend TEXT,
  created_ms INTEGER NOT NULL,
  live_run INTEGER,
  live_runs INTEGER NOT NULL DEFAULT 0,
  starts BLOB NOT NULL DEFAULT x'',
  last_run INTEGER,
  last_run_ms INTEGER,
  last_status TEXT,
  last_success_ms INTEGER,
  last_failure_ms INTEGER,
  p95_ms INTEGER,
  completed_runs INTEGER NOT NULL DEFAULT 0,
  consecutive_failures INTEGER NOT NULL DEFAULT 0,
  consecutive_noops INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- A run is alive while its process is (pid), or, without one, for lease_ms after its last beat. gate: what let it start
-- (run, probe …), NULL where nobody asked.
CREATE TABLE runs (
  run INTEGER PRIMARY KEY,
  agent TEXT NOT NULL,
  external_id TEXT,
  status TEXT NOT NULL DEFAULT 'running'
    CHECK (status IN ('running', 'completed', 'failed', 'noop', 'interrupted', 'skipped')),
  warning TEXT,
  started_ms INTEGER NOT NULL,
  ended_ms INTEGER,
  exit_code INTEGER,
  summary TEXT,
  tokens INTEGER,
  cost_usd REAL,
  wall_ms INTEGER,
  cpu_ms INTEGER,
  peak_memory_bytes INTEGER,
  lease_ms INTEGER NOT NULL,
  beat_ms INTEGER NOT NULL,
  clock TEXT NOT NULL,
  beat_clock_ms INTEGER NOT NULL,
  pid_namespace INTEGER,
  pid INTEGER,
  pid_start INTEGER,
  gate TEXT,
  CHECK ((status = 'running') = (ended_ms IS NULL))
) STRICT;
CREATE INDEX runs_by_agent ON runs (agent, run);
CREATE UNIQUE INDEX runs_external ON runs (external_id) WHERE external_id IS NOT NULL;

-- Run ids never return, so the highest row stays.
CREATE TRIGGER runs_keep_highest BEFORE DELETE ON runs
WHEN OLD.run = (SELECT max(run) FROM runs)
BEGIN
  SELECT RAISE(IGNORE);
END;

CREATE TABLE usage_hourly (
  agent TEXT,
  hour INTEGER,
  runs INTEGER NOT NULL,
  tokens INTEGER NOT NULL,
  cost_usd REAL NOT NULL,
  PRIMARY KEY (agent, hour)
) STRICT, WITHOUT ROWID;

-- ---------------------------------------------------------------- heartbeats and dependencies

-- What agents say themselves, and the beats of their runs. That a run starts and ends says as much: view agent_beats.
CREATE TABLE heartbeats (
  agent TEXT PRIMARY KEY,
  status TEXT NOT NULL,
  beat_ms INTEGER NOT NULL,
  stale_after_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Whoever beats is an agent.
CREATE TRIGGER heartbeats_register AFTER INSERT ON heartbeats
BEGIN
  INSERT INTO agents (agent, created_ms) VALUES (NEW.agent, NEW.beat_ms) ON CONFLICT (agent) DO NOTHING;
END;

CREATE TABLE dependencies (
  agent TEXT NOT NULL,
  upstream TEXT NOT NULL,
  max_age_ms INTEGER NOT NULL CHECK (max_age_ms > 0),
  on_stale TEXT NOT NULL DEFAULT 'degrade' CHECK (on_stale IN ('degrade', 'skip')),
  PRIMARY KEY (agent, upstream)
) STRICT, WITHOUT ROWID;

-- ---------------------------------------------------------------- keys and values

-- A deleted key is a row without a value that has expired: its version goes on when the key comes back, so that an old
-- version number never fits again.
CREATE TABLE state_kv (
  agent TEXT NOT NULL,
  key TEXT NOT NULL,
  value ANY,
  version INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL,
  expires_ms INTEGER,
  keep INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (agent, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE state_kv_history (
  agent TEXT NOT NULL,
  key TEXT NOT NULL,
  version INTEGER NOT NULL,
  value ANY,
  updated_ms INTEGER NOT NULL,
  replaced_ms INTEGER NOT NULL,
  PRIMARY KEY (agent, key, version)
) STRICT, WITHOUT ROWID;

-- kv_history() asks for the last `keep` versions of a key.
CREATE TRIGGER state_kv_keeps_history AFTER UPDATE OF value ON state_kv
WHEN OLD.keep > 0
BEGIN
  INSERT INTO state_kv_history (agent, key, version, value, updated_ms, replaced_ms)
  VALUES (OLD.agent, OLD.key, OLD.version, OLD.value, OLD.updated_ms, NEW.updated_ms);
  DELETE FROM state_kv_history
  WHERE agent = OLD.agent AND key = OLD.key AND version < NEW.version - NEW.keep;
END;

-- ---------------------------------------------------------------- locks

-- One row a resource, which is never deleted: its fencing token only grows. Held while freed_ms is NULL, by the clock
-- while it has not expired; the columns of a free lock are those of who had it last.
--
-- pid… is the process whose death frees the lock; caller is the fingerprint of the process that may acquire it again.
-- freed_how: released, finished (with its run), interrupted (the same), expired, dead. accepted_token is the newest that
-- lock_accept() has seen.
--
-- past: the holdings before this one, the newest first, in one row because a commit's price is its pages. A line each:
--   token (19 digits), acquired_ms (14), ended_ms (14), run (19), pid (10), how (11 characters), agent, newline
-- The last line may be cut short, even within a character. View lock_history reads them; lock_reap() copies them to
-- lock_archive. A BLOB, because substr() counts the characters of a text one by one.
CREATE TABLE locks (
  resource TEXT PRIMARY KEY,
  token INTEGER NOT NULL,
  agent TEXT NOT NULL,
  run INTEGER,
  ttl_ms INTEGER NOT NULL,
  acquired_ms INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL,
  clock TEXT NOT NULL,
  expires_clock_ms INTEGER NOT NULL,
  pid_namespace INTEGER,
  pid INTEGER,
  pid_start INTEGER,
  caller INTEGER,
  freed_ms INTEGER,
  freed_how TEXT,
  accepted_token INTEGER,
  past BLOB NOT NULL DEFAULT x''
) STRICT;
CREATE INDEX locks_by_run ON locks (run) WHERE run IS NOT NULL AND freed_ms IS NULL;

CREATE TRIGGER locks_stay BEFORE DELETE ON locks
BEGIN
  SELECT RAISE(ABORT, 'locks: the row of a resource keeps its fencing token and is never deleted');
END;

CREATE TRIGGER locks_keep_resource BEFORE UPDATE OF resource ON locks
BEGIN
  SELECT RAISE(ABORT, 'locks: the resource of a row never changes');
END;

CREATE TABLE lock_archive (
  resource TEXT NOT NULL,
  token INTEGER NOT NULL,
  agent TEXT NOT NULL,
  run INTEGER,
  pid INTEGER,
  acquired_ms INTEGER NOT NULL,
  ended_ms INTEGER NOT NULL,
  how TEXT NOT NULL,
  PRIMARY KEY (resource, token)
) STRICT, WITHOUT ROWID;

-- Who waits, in the order of their tickets. A waiter refreshes seen_clock_ms; one that has been quiet for a second is
-- passed over.
CREATE TABLE lock_waiters (
  ticket INTEGER PRIMARY KEY AUTOINCREMENT,
  resource TEXT NOT NULL,
  agent TEXT NOT NULL,
  clock TEXT NOT NULL,
  seen_clock_ms INTEGER NOT NULL,
  seen_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX lock_waiters_line ON lock_waiters (resource, ticket);

-- Tickets of waiters that were killed go when somebody else lines up.
CREATE TRIGGER lock_waiters_tidy AFTER INSERT ON lock_waiters
BEGIN
  DELETE FROM lock_waiters
  WHERE resource = NEW.resource AND (clock <> NEW.clock OR seen_clock_ms < NEW.seen_clock_ms - 60000);
END;

-- ---------------------------------------------------------------- coordination and journal

CREATE TABLE coordination (
  id INTEGER PRIMARY KEY,
  agent TEXT NOT NULL,
  run INTEGER,
  action TEXT NOT NULL CHECK (action IN ('working_on', 'completed', 'blocked_by', 'note')),
  resource TEXT NOT NULL,
  detail TEXT,
  posted_ms INTEGER NOT NULL,
  closed_ms INTEGER
) STRICT;
CREATE INDEX coordination_open ON coordination (agent, resource)
WHERE closed_ms IS NULL AND action IN ('working_on', 'blocked_by');

-- completed closes what its agent had open on the resource; working_on takes the place of an earlier one.
CREATE TRIGGER coordination_closes BEFORE INSERT ON coordination
WHEN NEW.action IN ('working_on', 'completed')
BEGIN
  UPDATE coordination SET closed_ms = NEW.posted_ms
  WHERE agent = NEW.agent AND resource = NEW.resource
    AND closed_ms IS NULL AND action IN ('working_on', 'blocked_by');
END;

CREATE TABLE journal (
  id INTEGER PRIMARY KEY,
  agent TEXT NOT NULL,
  run INTEGER,
  topic TEXT NOT NULL,
  entry TEXT NOT NULL,
  dedup_key TEXT,
  added_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX journal_by_topic ON journal (topic, id);
CREATE UNIQUE INDEX journal_dedup ON journal (topic, dedup_key) WHERE dedup_key IS NOT NULL;

-- ---------------------------------------------------------------- what a run does to the rest

-- A start registers its agent.
CREATE TRIGGER runs_start AFTER INSERT ON runs
WHEN NEW.status = 'running'
BEGIN
  INSERT INTO agents (agent, created_ms, live_run, live_runs, starts, last_run, last_run_ms)
  VALUES (
    NEW.agent, NEW.started_ms, NEW.run, 1, CAST(printf('%014d', NEW.started_ms) AS BLOB), NEW.run, NEW.started_ms
  )
  ON CONFLICT (agent) DO UPDATE
  SET live_run = excluded.live_run, live_runs = live_runs + 1,
      starts = substr(CAST(excluded.starts || starts AS BLOB), 1, 33 * 14),
      last_run = excluded.last_run, last_run_ms = excluded.last_run_ms;
END;

-- A beat keeps what the run holds: its locks by their own TTL (never one that has expired), its agent's heartbeat.
CREATE TRIGGER runs_beat AFTER UPDATE OF beat_ms ON runs
WHEN NEW.status = 'running'
BEGIN
  UPDATE locks
  SET expires_ms = NEW.beat_ms + ttl_ms, expires_clock_ms = NEW.beat_clock_ms + ttl_ms
  WHERE run = NEW.run AND freed_ms IS NULL AND clock = NEW.clock AND expires_clock_ms > NEW.beat_clock_ms;
  INSERT INTO heartbeats (agent, status, beat_ms, stale_after_ms)
  VALUES (NEW.agent, 'ok', NEW.beat_ms, 1000 * (SELECT value FROM settings WHERE key = 'heartbeat_ttl_s'))
  ON CONFLICT (agent) DO UPDATE SET beat_ms = excluded.beat_ms;
END;

CREATE TRIGGER runs_gone AFTER DELETE ON runs
WHEN OLD.status = 'running'
BEGIN
  UPDATE agents SET live_run = nullif(live_run, OLD.run), live_runs = live_runs - 1 WHERE agent = OLD.agent;
END;

-- The end of a run: the streaks of its agent, usage. What a run may have left open, a lock or a word to the
-- others, is looked up first: most have not, and an UPDATE that finds nothing is not free.
CREATE TRIGGER runs_end AFTER UPDATE OF status ON runs
WHEN OLD.status = 'running' AND NEW.status <> 'running'
BEGIN
  UPDATE agents
  SET live_run = CASE
        WHEN live_runs = 1 THEN NULL
        ELSE (SELECT run FROM runs WHERE agent = NEW.agent AND status = 'running' ORDER BY run DESC LIMIT 1)
      END,
      live_runs = live_runs - 1,
      last_status = CASE NEW.status WHEN 'skipped' THEN last_status ELSE NEW.status END,
      last_success_ms = CASE WHEN NEW.status IN ('completed', 'noop') THEN NEW.ended_ms ELSE last_success_ms END,
      last_failure_ms = CASE WHEN NEW.status IN ('failed', 'interrupted') THEN NEW.ended_ms ELSE last_failure_ms END,
      completed_runs = completed_runs + (NEW.status = 'completed'),
      consecutive_failures = CASE
        WHEN NEW.status IN ('failed', 'interrupted') THEN consecutive_failures + 1
        WHEN NEW.status IN ('completed', 'noop') THEN 0
        ELSE consecutive_failures
      END,
      consecutive_noops = CASE NEW.status
        WHEN 'noop' THEN consecutive_noops + 1
        WHEN 'completed' THEN 0
        ELSE consecutive_noops
      END
  WHERE agent = NEW.agent;
  INSERT INTO usage_hourly (agent, hour, runs, tokens, cost_usd)
  VALUES (NEW.agent, NEW.ended_ms / 3600000, 1, coalesce(NEW.tokens, 0), coalesce(NEW.cost_usd, 0))
  ON CONFLICT (agent, hour) DO UPDATE
  SET runs = runs + 1, tokens = tokens + excluded.tokens, cost_usd = cost_usd + excluded.cost_usd;
END;

CREATE TRIGGER runs_end_locks AFTER UPDATE OF status ON runs
WHEN NEW.status <> 'running' AND EXISTS (SELECT 1 FROM locks WHERE run = NEW.run AND freed_ms IS NULL)
BEGIN
  UPDATE locks
  SET freed_ms = NEW.ended_ms, freed_how = CASE NEW.status WHEN 'interrupted' THEN 'interrupted' ELSE 'finished' END
  WHERE run = NEW.run AND freed_ms IS NULL;
END;

CREATE TRIGGER runs_end_coordination AFTER UPDATE OF status ON runs
WHEN NEW.status <> 'running' AND EXISTS (
  SELECT 1 FROM coordination
  WHERE agent = NEW.agent AND run = NEW.run AND closed_ms IS NULL AND action IN ('working_on', 'blocked_by')
)
BEGIN
  UPDATE coordination SET closed_ms = NEW.ended_ms
  WHERE agent = NEW.agent AND run = NEW.run AND closed_ms IS NULL AND action IN ('working_on', 'blocked_by');
END;

-- p95 of the last 40 runs that did something: worked out anew at the first, second, fourth and every eighth.
CREATE TRIGGER agents_p95 AFTER UPDATE OF completed_runs ON agents
WHEN NEW.completed_runs > OLD.completed_runs AND (NEW.completed_runs IN (1, 2, 4) OR NEW.completed_runs % 8 = 0)
BEGIN
  UPDATE agents
  SET p95_ms = (
    SELECT took FROM (
      SELECT ended_ms - started_ms AS took FROM runs
      WHERE agent = NEW.agent AND status = 'completed' ORDER BY run DESC LIMIT 40
    ) ORDER BY took DESC LIMIT 1 OFFSET min(NEW.completed_runs, 40) / 20
  )
  WHERE agent = NEW.agent;
END;
