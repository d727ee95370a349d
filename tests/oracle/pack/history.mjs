// How much of a prompt stays what it was from one commit to the next (a prompt cache keeps a prefix), over the commits of a
// repository up to one that stays the same, as its main branch had them: for packs made anew each time, and for a pack that is continued by deltas. It is a report, with one
// demand: continued packs are kept to three quarters.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { arguments_of, counter, in_scratch, open } from './common.mjs';

const options = arguments_of({ commits: { type: 'string', default: '40' }, until: { type: 'string', default: '2a7ad71' }, budget: { type: 'string', default: '20000' } });
const git = (...words) => execFileSync('git', words, { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] });
const source = options.folders[0] ?? options.repository, budget = Number(options.budget), count = counter(options);

function shared(a, b) {
  let i = 0;
  while (i < a.length && a[i] === b[i]) i++;
  return i;
}

const [said, status] = in_scratch(folder => {
  const clone = join(folder, 'clone');
  git('clone', '-q', source, clone);
  const commits = git('-C', clone, 'log', '--first-parent', '--format=%H', `-n${options.commits}`, options.until).trim().split('\n').reverse();
  if (commits.length < Number(options.commits)) {
    return [`skipped: ${source} has ${commits.length} commits`, 77];
  }
  const db = open(options, join(folder, 'packs.db'));
  const anew = [], continued = [], kinds = { delta: 0, none: 0, restart: 0 };
  let before = '', context = '', id = '';
  const name_in = text => text.match(/<!-- pack ([0-9]{15}) -->\n$/)[1];
  for (const commit of commits) {
    git('-C', clone, 'checkout', '-q', commit);
    const text = db.one('SELECT repo_pack_text(?, ?)', clone, budget);
    if (before) anew.push(shared(before, text) / text.length);
    before = text;
    const delta = id && db.one('SELECT repo_pack_delta(?, ?)', clone, id);
    const grown = context + (delta ?? '');
    if (id && count(grown) <= 2 * budget) {  // as long as both fit into the model
      continued.push(context.length / grown.length);
      kinds[delta ? 'delta' : 'none']++;
      context = grown;
    } else {
      if (id) continued.push(shared(context, text) / text.length), kinds.restart++;
      context = text;
    }
    if (delta || !id || context === text) id = name_in(context);
  }
  const percent = list => (100 * list.reduce((a, b) => a + b, 0) / list.length).toFixed(1) + '%';
  const kept = continued.reduce((a, b) => a + b, 0) / continued.length;
  return [`${commits.length} commits of ${source}, packs of ${budget}: made anew, a pack shares ${percent(anew)} with the one ` +
    `before; continued, ${percent(continued)} (${kinds.delta} deltas, ${kinds.none} times nothing, ${kinds.restart} begun anew)`,
  kept < 0.75 ? 1 : 0];
});
console.log(said);
process.exit(status);
