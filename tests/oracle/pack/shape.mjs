// The shape of it: a repository of 2,500 files and 42 MB, nearly all of them dependencies, artifacts, lock files and old
// code, comes down to its guidance and what is being worked on. And the same tree gives the same bytes in another process,
// another locale and another folder.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync, appendFileSync, cpSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { arguments_of, finish, in_scratch, open, random } from './common.mjs';

const options = arguments_of({});
const kGuides = ['AGENTS.md', 'CLAUDE.md', 'ARCHITECTURE.md', 'OPERATING-MANUAL.md'], kRecent = 4, kOld = 300;
const kNoise = [  // files, bytes each, path
  [1200, 14_000, i => `node_modules/package-${i % 90}/lib/file-${i}.js`], [500, 20_000, i => `dist/chunk-${i}.js`],
  [300, 26_000, i => `assets/picture-${i}.png`], [150, 20_000, i => `src/generated/thing_${i}.pb.go`], [30, 30_000, i => `src/page-${i}.js.map`]];

function tree(root) {
  const below = random(1), words = Array.from({ length: 500 }, (_, i) => `word${below(99999) + i}`);
  const text = bytes => {
    let out = '';
    while (out.length < bytes) out += `${words[below(500)]} ${words[below(500)]}(${words[below(500)]});\n`;
    return out;
  };
  const write = (path, content) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  const env = { PATH: process.env.PATH, HOME: root, GIT_CONFIG_NOSYSTEM: '1' };
  const git = (date, ...words) => execFileSync('git', ['-C', root, '-c', 'user.name=a', '-c', 'user.email=a@b', ...words],
    { env: { ...env, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date }, stdio: 'pipe' });
  const sample = text(30_000);
  write('.gitignore', 'node_modules/\n');
  for (let i = 0; i < kOld; i++) write(`src/old/module_${i}.js`, text(1500));
  for (let i = 0; i < kRecent; i++) write(`src/live_${i}.js`, text(3000));
  for (const name of kGuides) write(name, text(2000));
  write('package-lock.json', text(400_000));
  git('2020-01-01T00:00:00Z', 'init', '-q');
  git('2020-01-01T00:00:00Z', 'add', '.');
  git('2020-01-01T00:00:00Z', 'commit', '-qm', 'all');
  for (let i = 0; i < kRecent; i++) {
    appendFileSync(join(root, `src/live_${i}.js`), '// mended\n');
    git(`2026-01-0${i + 1}T00:00:00Z`, 'commit', '-qam', `mend ${i}`);
  }
  for (const [files, bytes, name] of kNoise)
    for (let i = 0; i < files; i++) write(name(i), name(i).endsWith('.png') ? Buffer.alloc(bytes) : sample.slice(0, bytes));
  for (let i = 0; i < 16; i++) write(`data/dump-${i}.csv`, text(100_000));
}

// In a process of its own: in this one, a second pack would know the first one's history.
function text_of(root, locale) {
  const program = `import { open } from ${JSON.stringify(join(import.meta.dirname, 'common.mjs'))};
    process.stdout.write(open(${JSON.stringify(options)}).one('SELECT repo_pack_text(?, 40000)', ${JSON.stringify(root)}));`;
  return execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', program],
    { encoding: 'utf8', env: { ...process.env, LC_ALL: locale }, maxBuffer: 1 << 26 });
}

in_scratch(folder => {
  const failures = [], root = join(folder, 'tree');
  mkdirSync(root);
  tree(root);
  const db = open(options);
  const packed = db.all('SELECT path, score, tokens FROM repo_pack(?, 40000) WHERE rank', root);
  const wanted = [...kGuides, ...Array.from({ length: kRecent }, (_, i) => `src/live_${i}.js`)];
  for (const path of wanted) if (!packed.some(file => file.path === path)) failures.push(`${path} is missing`);
  for (const { path } of packed) if (!wanted.includes(path) && path !== '.gitignore') failures.push(`${path} is packed`);
  for (const { path, score } of packed.filter(file => file.path.startsWith('src/')))
    if (score < 20 || score > 30) failures.push(`${path} has score ${score}`);
  const all = db.one('SELECT count(*) FROM repo_pack(?, 40000)', root);
  cpSync(root, join(folder, 'again'), { recursive: true, preserveTimestamps: true });
  const texts = [['C', root], ['de_DE.UTF-8', root], ['tr_TR.UTF-8', join(folder, 'again')]].map(([locale, at]) => text_of(at, locale));
  if (new Set(texts).size !== 1) failures.push('the same tree gave different texts');
  finish(failures, `a tree of ${kNoise.reduce((n, [files]) => n + files, 0) + kOld + 26} files comes down to ${packed.length} of ` +
    `${packed.reduce((n, file) => n + file.tokens, 0)} tokens (${all} rows in all); the same text three times`);
});
