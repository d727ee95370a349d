// What the scripts here share: arguments, a database with the extension, the oracle's count.
import { createRequire } from 'node:module';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parseArgs } from 'node:util';

export function arguments_of(more) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { extension: { type: 'string' }, npm: { type: 'string' }, repository: { type: 'string' }, ...more },
  });
  return { ...values, folders: positionals };
}

export function open(options, file = ':memory:') {
  const db = new DatabaseSync(file, { allowExtension: true });
  db.loadExtension(resolve(options.extension));
  db.prepare('SELECT agentinfra_init()').get();
  return {
    one: (sql, ...values) => Object.values(db.prepare(sql).get(...values))[0],
    all: (sql, ...values) => db.prepare(sql).all(...values),
  };
}

export function counter(options) {
  const load = createRequire(resolve(options.npm, 'node_modules', 'x'));
  const { countTokens } = load('gpt-tokenizer/encoding/o200k_base');
  return text => countTokens(text, { disallowedSpecial: new Set() });
}

export function in_scratch(body) {
  const folder = mkdtempSync(join(tmpdir(), 'pack-oracle.'));
  try {
    return body(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function random(seed) {  // mulberry32
  let state = seed >>> 0;
  return below => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor(((t ^ (t >>> 14)) >>> 0) / 4294967296 * below);
  };
}

export function finish(failures, said) {
  console.log(said);
  for (const failure of failures.slice(0, 20)) console.error(failure);
  process.exitCode = failures.length ? 1 : 0;
}
