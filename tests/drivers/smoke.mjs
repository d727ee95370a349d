// The extension from Node's own driver, node:sqlite. Node binds every number as a REAL: 300 arrives as 300.0.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const folder = mkdtempSync(join(tmpdir(), 'agentinfra-node-'));
try {
  const path = join(folder, 'agent_state.db');
  const db = new DatabaseSync(path, { allowExtension: true });
  db.loadExtension(process.argv[2]);
  const one = (sql, ...values) => Object.values(db.prepare(sql).get(...values))[0];

  assert.throws(() => one("SELECT kv_set('a', 'k', 1)"), /no agentinfra schema in/);
  assert.ok(one('SELECT agentinfra_init()') >= 2);

  const run = one('SELECT run_start(?, ?)', 'hourly-review', process.pid);
  const token = one('SELECT lock_acquire(?, ?, ?)', 'catalog.json', 'hourly-review', 300);
  assert.equal(token, 1);
  assert.equal(one("SELECT lock_acquire('catalog.json', 'digest')"), null);
  assert.equal(one("SELECT kv_set('shared', 'n', ?)", 41), 1);
  assert.equal(one("SELECT kv_incr('shared', 'n')"), 42);
  assert.equal(one('SELECT lock_release(?, ?)', 'catalog.json', token), token);
  assert.equal(one('SELECT run_finish(?, ?, ?)', run, 'completed', 0), run);

  const insert = db.prepare("INSERT INTO kv_set(agent, key, value) VALUES ('bulk', ?, ?)");
  assert.equal(Number(insert.run('a', 'x').lastInsertRowid), 1);
  assert.equal(Number(insert.run('a', 'y').lastInsertRowid), 2);
  assert.throws(() => one("SELECT lock_acquire('x', 'a', ?)", -5), /ttl_s must be > 0, got -5/);

  db.close();
  assert.ok(!existsSync(path + '-wal'), 'the last close did not fold the log in: a statement was left open');
  console.log('node', process.version, 'sqlite', process.versions.sqlite, 'ok');
} finally {
  rmSync(folder, { recursive: true });
}
