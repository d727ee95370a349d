// Of the files that answer questions about this repository (tests/oracle/search/questions.json, written before anything
// was searched): how many are in a pack that was asked the question, how many in packs of the same size by repomix's order
// (how often a file was changed in the last 100 commits) and by recency alone. A file counts when the words of the answer
// are in what is packed of it.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { arguments_of, in_scratch, open } from './common.mjs';

const options = arguments_of({ questions: { type: 'string' } });
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

function measure(folder) {
  const { commit, questions } = JSON.parse(readFileSync(questions_file, 'utf8')), clone = join(folder, 'clone');
  git('clone', '-q', options.repository, clone);
  try {
    git('-C', clone, 'checkout', '-q', commit);
  } catch {
    return [`skipped: ${commit} is not in this clone`, 77];
  }
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
    const answered = { ours: 0, repomix: 0, recency: 0 };
    const others = { repomix: filled(order(changes), tokens, budget), recency: filled(order(last), tokens, budget) };
    for (const { q, answers } of questions) {
      const packed = db.all('SELECT path, content FROM repo_pack(?, ?, ?) WHERE rank', clone, budget, q);
      const [path, words] = Object.entries(answers)[0];
      if (packed.some(file => file.path === path && file.content.includes(words))) answered.ours++;
      for (const name in others) if (others[name].has(path)) answered[name]++;
    }
    const share = name => `${Math.round(100 * answered[name] / questions.length)}%`;
    lines.push(`  ${budget} tokens: ${share('ours')} (repomix's order ${share('repomix')}, recency ${share('recency')})`);
    worse ||= answered.ours <= Math.max(answered.repomix, answered.recency);
  }
  return [lines.join('\n'), worse ? 1 : 0];
}

const [said, status] = existsSync(questions_file) ? in_scratch(measure) : [`skipped: there is no ${questions_file}`, 77];
console.log(said);
process.exit(status);
