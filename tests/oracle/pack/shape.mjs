// The shape of it: a repository of 2,500 files and 42 MB (npm_tree), nearly all of them dependencies, artifacts, lock files
// and sources of years ago, comes down to its guidance, entry points, and what has been changed lately.
import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { arguments_of, counter, finish, in_scratch, open } from './common.mjs';

const options = arguments_of({}), kBudget = 40_000;
const kGuidance = ['AGENTS.md', 'CLAUDE.md', 'ARCHITECTURE.md', 'OPERATING-MANUAL.md', 'README.md'];
const kManifests = ['package.json'], kEntryPoint = /^([^/]+\/)?(index|main|server)\.[jt]s$/;

function* files_below(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isFile()) yield statSync(join(folder, entry.name)).size;
    else if (entry.name !== '.git') yield* files_below(join(folder, entry.name));
}

function measure(root) {
  const failures = [], check = (holds, what) => holds || failures.push(what);
  const git = (...words) => execFileSync('git', ['-C', root, ...words], { encoding: 'utf8' }).split('\0').filter(Boolean);
  const sizes = [...files_below(root)], megabytes = sizes.reduce((a, b) => a + b) / 1e6;
  check(sizes.length >= 2400 && sizes.length <= 2600, `${sizes.length} files`);
  check(megabytes >= 40, `${megabytes} MB`);

  const tracked = new Set(git('ls-files', '-z'));
  const changed = git('diff', '--name-only', '-z', 'HEAD^', 'HEAD').filter(path => tracked.has(path));
  const expected = new Set([...kGuidance, ...kManifests, ...changed, ...[...tracked].filter(path => kEntryPoint.test(path))]);
  const db = open(options), text = db.one('SELECT repo_pack_text(?, ?)', root, kBudget), tokens = counter(options)(text);
  const rows = db.all('SELECT path, score, mode FROM repo_pack(?, ?)', root, kBudget);
  const packed = rows.filter(file => file.mode !== 'omitted');
  for (const { path } of packed) check(expected.has(path), `${path} is packed`);
  for (const path of kGuidance) check(packed.some(file => file.path === path && file.score === 0), `${path} is missing, or no guidance`);
  const sources = packed.filter(file => /^(lib\/|fastify).*\.[jt]s$/.test(file.path) && !kEntryPoint.test(file.path));
  check(sources.length > 0, 'no source is packed');
  for (const { path, score } of sources) check(score >= 20 && score <= 30, `${path} has score ${score}`);
  for (const path of changed.filter(path => /^lib\//.test(path))) check(packed.some(file => file.path === path), `${path} is missing`);
  check(tokens <= kBudget, `${tokens} tokens`);
  check(!rows.some(file => /^(node_modules|artifacts)\/./.test(file.path)), 'what is ignored was gone into');
  return [failures, `${sizes.length} files, ${megabytes.toFixed(1)} MB: ${packed.length} packed (${sources.length} sources that were ` +
    `changed lately) of ${expected.size} expected, ${tokens} tokens of ${kBudget}`];
}

in_scratch(folder => {
  try {
    execFileSync(join(import.meta.dirname, 'npm_tree'), [options.npm, folder], { stdio: ['ignore', 'ignore', 'inherit'] });
  } catch (error) {
    if (error.status !== 77) throw error;
    console.log('skipped');
    process.exitCode = 77;
    return;
  }
  finish(...measure(folder));
});
