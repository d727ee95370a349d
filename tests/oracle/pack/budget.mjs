// A budget holds, by the count of npm's gpt-tokenizer; and it is used to 97% when something within the cut-off was left
// out for want of room. Folders, budgets, formats and queries are random.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { arguments_of, counter, finish, open, random } from './common.mjs';

const options = arguments_of({ pairs: { type: 'string', default: '500' }, seed: { type: 'string', default: '1' } });
const below = random(Number(options.seed)), count = counter(options), db = open(options);
const kLeastToFill = 1000;  // 3% of less have no room for a heading and a line
const kQueries = [null, 'lock lease renew', 'how are tokens counted', 'zzzz'];

function folders_in(root, depth) {
  const here = readdirSync(root, { withFileTypes: true }).filter(e => e.isDirectory() && !/^(\.|build$|node_modules$)/.test(e.name));
  return [root, ...(depth ? here.flatMap(e => folders_in(join(root, e.name), depth - 1)) : [])];
}

const roots = (options.folders.length ? options.folders : [options.repository]).flatMap(folder => folders_in(folder, 2));
const failures = [];
let filled = 0, least = 1, total = 0;
for (let i = 0; i < Number(options.pairs); i++) {
  const root = roots[below(roots.length)], budget = Math.floor(100 * Math.exp(below(6400) / 1000));
  const format = ['markdown', 'xml', 'json'][below(3)], query = kQueries[below(kQueries.length)];
  const text = db.one('SELECT repo_pack_text(?, ?, ?, ?)', root, budget, format, query), tokens = count(text);
  const name = `${root} ${budget} ${format} ${query}`;
  if (tokens > budget) failures.push(`${name}: ${tokens} tokens`);
  if (format === 'json') JSON.parse(text);
  if (format !== 'markdown' || budget < kLeastToFill) continue;
  const left = db.one(`SELECT count(*) FROM repo_pack(?, ?, ?) WHERE mode = 'omitted' AND (reason LIKE '%does not fit%' OR reason LIKE '%budget is filled%')`,
    root, budget, query);
  if (left === 0) continue;
  filled++, total += tokens / budget, least = Math.min(least, tokens / budget);
  if (tokens < 0.97 * budget) failures.push(`${name}: filled with ${tokens} only, ${left} left`);
}
finish(failures, `${options.pairs} packs of ${roots.length} folders, none over its budget; ${filled} had more than room: ` +
  `filled to ${(100 * total / filled).toFixed(1)}% on average, ${(100 * least).toFixed(1)}% at least`);
