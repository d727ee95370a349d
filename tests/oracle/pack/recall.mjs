// Of the files that answer questions about a tree, written before anything of it was searched or packed: how many are in a
// pack that was asked the question, how many in packs of the same size by repomix's order (how often a file was changed in
// the last 100 commits, then by path) and by recency alone. A file counts when the words of the answer are in what is
// packed of it.
//
//   run NPM SO recall.mjs                                          this repository, as it was (questions.json)
//   run NPM SO recall.mjs --questions ../search/questions_redis.json --trees DIR    a Debian source package, put into DIR
//
// Where questions name a commit, the tree is this repository's; where they name a source package, it has no history but
// the one commit that it is given here.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { arguments_of, in_scratch, open } from './common.mjs';

const options = arguments_of({ questions: { type: 'string' }, trees: { type: 'string' } });
const kHeading = 14;  // tokens around a file
const questions_file = options.questions ?? join(import.meta.dirname, '../search/questions.json');
const git = (...words) => execFileSync('git', words, { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] });

// Files in order, each whole, until nothing more fits; those that do not fit are passed over.
function filled(files, tokens, budget) {
  const packed = new Set();
  for (const path of files) {
    if (tokens[path] + kHeading > budget) continue;
    budget -= tokens[path] + kHeading;
    packed.add(path);
  }
  return packed;
}

// The tree that is asked about, at `clone`; why there is none, for people.
function prepare(clone, { commit, source }) {
  try {
    if (commit) {
      git('clone', '-q', options.repository, clone);
      git('-C', clone, 'checkout', '-q', commit);
      return '';
    }
    execFileSync(join(import.meta.dirname, '../../drivers/fetch_source'), [options.trees, source], { stdio: 'ignore' });
  } catch {
    return commit ? `${commit} is not in this clone` : `no source package ${source} (no network?)`;
  }
  cpSync(join(options.trees, source), clone, { recursive: true, preserveTimestamps: true, filter: from => !from.endsWith('/.git') });
  git('-C', clone, 'init', '-q');
  git('-C', clone, 'add', '--all');
  git('-C', clone, '-c', 'user.name=o', '-c', 'user.email=o@localhost', 'commit', '-qm', source);
  return '';
}

function measure(folder) {
  const asked = JSON.parse(readFileSync(questions_file, 'utf8')), { questions } = asked, clone = join(folder, 'clone');
  const none = prepare(clone, asked);
  if (none) return [`skipped: ${none}`, 77];
  const db = open(options), text = {}, tokens = {}, changes = {}, last = {};
  for (const path of git('-C', clone, 'ls-files', '-z').split('\0').filter(Boolean)) {
    const file = join(clone, path);
    text[path] = existsSync(file) ? readFileSync(file, 'utf8') : '';
    tokens[path] = db.one('SELECT token_count(?)', text[path]);
    changes[path] = last[path] = 0;
  }
  const log = git('-C', clone, 'log', '--name-only', '--format=%x01%ct').split('\x01').slice(1);
  log.forEach((entry, i) => {
    const [time, ...paths] = entry.split('\n').filter(Boolean);
    for (const path of paths) {
      if (!(path in text)) continue;
      if (i < 100) changes[path]++;
      last[path] = Math.max(last[path], Number(time));
    }
  });
  const order = by => Object.keys(text).sort((a, b) => by[b] - by[a] || (a < b ? -1 : 1));

  const lines = [`${questions.length} questions about ${Object.keys(text).length} files; answered by packs of`];
  let worse = false;
  for (const budget of [8000, 40000]) {
    const answered = { ours: 0, unasked: 0, repomix: 0, recency: 0 };
    const unasked = db.all('SELECT path, content FROM repo_pack(?, ?) WHERE rank', clone, budget);
    const others = { repomix: filled(order(changes), tokens, budget), recency: filled(order(last), tokens, budget) };
    for (const { q, answers } of questions) {
      const packed = db.all('SELECT path, content FROM repo_pack(?, ?, ?) WHERE rank', clone, budget, q);
      const [path, words] = Object.entries(answers)[0];
      const has = file => file.path === path && file.content.includes(words);
      if (packed.some(has)) answered.ours++;
      if (unasked.some(has)) answered.unasked++;
      for (const name in others) if (others[name].has(path)) answered[name]++;
    }
    const share = name => `${Math.round(100 * answered[name] / questions.length)}%`;
    lines.push(`  ${budget} tokens: ${share('ours')} (not asked ${share('unasked')}, repomix's order ${share('repomix')}, recency ${share('recency')})`);
    worse ||= answered.ours <= Math.max(answered.repomix, answered.recency);
  }
  return [lines.join('\n'), worse ? 1 : 0];
}

const [said, status] = existsSync(questions_file) ? in_scratch(measure) : [`skipped: there is no ${questions_file}`, 77];
console.log(said);
process.exit(status);
