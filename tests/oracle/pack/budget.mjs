// A budget holds, by the count of npm's gpt-tokenizer; and in every format it is used to 97% when something within the
// cut-off was left out for want of room. Folders, budgets, formats and queries are random.
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
let over = 0;
const fill = { markdown: [], xml: [], json: [] };
for (let i = 0; i < Number(options.pairs); i++) {
  const root = roots[below(roots.length)], budget = Math.floor(100 * Math.exp(below(6400) / 1000));
  const format = ['markdown', 'xml', 'json'][below(3)], query = kQueries[below(kQueries.length)];
  const text = db.one('SELECT repo_pack_text(?, ?, ?, ?)', root, budget, format, query), tokens = count(text);
  const name = `${root} ${budget} ${format} ${query}`;
  if (tokens > budget) over++, failures.push(`${name}: ${tokens} tokens`);
  if (format === 'json') JSON.parse(text);
  if (budget < kLeastToFill) continue;
  const left = db.one(`SELECT count(*) FROM repo_pack(?, ?, ?) WHERE mode = 'omitted' AND (reason LIKE '%does not fit%' OR reason LIKE '%budget is filled%')`,
    root, budget, query);
  if (left === 0) continue;
  fill[format].push(tokens / budget);
  if (tokens < 0.97 * budget) failures.push(`${name}: filled with ${tokens} only, ${left} left`);
}
const percent = share => (100 * share).toFixed(1) + '%';
const said = Object.entries(fill).map(([format, shares]) => `${shares.length} of ${format} to ` +
  `${percent(shares.reduce((a, b) => a + b, 0) / shares.length)} on average, ${percent(Math.min(...shares))} at least`);
finish(failures, `${options.pairs} packs of ${roots.length} folders, ${over} over their budget by gpt-tokenizer's count; of those that ` +
  `had to leave something out were filled ${said.join('; ')}`);
