// Strings that tokenizers could disagree about: all scripts, digits, white space, marks, emoji, contractions, broken UTF-8,
// in short stretches one after the other.

function generator(seed) {  // mulberry32
  let state = seed >>> 0;
  return limit => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor(((t ^ (t >>> 14)) >>> 0) / 4294967296 * limit);
  };
}

const range = (first, last) => random => String.fromCodePoint(first + random(last - first + 1));
const one_of = (...words) => random => words[random(words.length)];
const chars = text => one_of(...text);

const texts = [
  range(0x61, 0x7a), range(0x41, 0x5a), range(0x30, 0x39), range(0x21, 0x2f), range(0x3a, 0x40), range(0, 0x7f),
  chars(' \t\n\r'), chars('  \n'), one_of('\r\n', '\n\n', '\n    ', '\n\t', ' \n', '   '), chars('/\n'), chars('/\r\n#;{}'),
  one_of("'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "'S", "'RE", "'Ll", "'vE", "'x", "'", "''s", "'l", "'r", '\u2019s', "'\u017f", "'\u017ft"),
  one_of('the', ' The', 'return', ' const', 'getElementById', 'HTTPServer', 'snake_case', '0x1f', 'std::', ' == ', '();\n', '<|endoftext|', 'aaaa', '----'),
  range(0xa0, 0xff), range(0x100, 0x24f), one_of('\u01c5', '\u01c8', '\u01f2', '\u1f88', '\u1fbc'), range(0x250, 0x2af), range(0x2b0, 0x2ff),
  range(0x300, 0x36f), range(0x370, 0x3ff), range(0x400, 0x52f), range(0x531, 0x58f), range(0x591, 0x5f4), range(0x600, 0x6ff),
  range(0x900, 0x97f), range(0x980, 0x9ff), range(0xe01, 0xe5b), range(0xf00, 0xfda), range(0x10a0, 0x10ff), range(0x1100, 0x11ff), range(0x1e00, 0x1fff),
  range(0x1160, 0x11ff), range(0x3041, 0x30ff), range(0x4e00, 0x9fff), range(0xac00, 0xd7a3), range(0xf900, 0xfaff), range(0xff00, 0xffef),
  range(0x2000, 0x206f), chars('\u00a0\u1680\u2000\u2009\u2028\u2029\u202f\u205f\u3000\u0085\u200b\ufeff'), chars('\u00a0\u3000\u2003 \n'),
  range(0x20d0, 0x20f0), range(0x1ab0, 0x1ac0), one_of('\u0660', '\u06f5', '\u0967', '\u00b2', '\u00bd', '\u2155', '\u2167', '\u2460', '\u3021', '\ud835\udfd8'),
  range(0x2100, 0x23ff), range(0x2500, 0x27bf), range(0x1f300, 0x1f6ff), range(0x1f1e6, 0x1f1ff), range(0x1d400, 0x1d7ff), range(0x20000, 0x2a6df),
  one_of('\u{1f468}\u200d\u{1f469}\u200d\u{1f467}', '\u{1f44d}\u{1f3fd}', '\u2764\ufe0f', '\u{1f3f4}\u{e0067}\u{e0062}\u{e007f}', '\u00e9', 'e\u0301', 'a\u0323\u0302', 'a\u0302\u0323', '\u1100\u1161\u11a8', '\uac00\u11a8', '\u0958', '\u2126', '\u0344'),
  range(0xe000, 0xe0ff), chars('\ufffd\uffff\ufffe\u{10ffff}'),
];

const broken = [
  [0x80], [0xbf], [0xc3], [0xc0, 0xaf], [0xe4, 0xb8], [0xe0, 0x80, 0x80], [0xed, 0xa0, 0x80], [0xf0, 0x9f, 0x98], [0xf4, 0x90, 0x80, 0x80], [0xff], [0xf8, 0x88, 0x80, 0x80, 0x80],
];

export const alphabets = texts.length + 2;

export function* fuzzed(count, seed) {
  const random = generator(seed);
  const any = range(0, 0x10ffff - 0x800);
  const any_code_point = () => any(random).replace(/[\ud800-\udfff](?![\udc00-\udfff])/gu, '\ue000');
  for (let number = 0; number < count; number++) {
    const any_code_points = random(10) === 0, with_broken = random(8) === 0;
    const few = Array.from({ length: 1 + random(4) }, () => texts[random(texts.length)]);  // so that the same ones meet again
    const parts = [];
    for (let stretch = random(30); stretch >= 0; stretch--) {
      const alphabet = any_code_points && random(3) === 0 ? any_code_point : few[random(few.length)];
      for (let length = 1 + random(random(6) === 0 ? 40 : 4); length > 0; length--) parts.push(Buffer.from(alphabet(random)));
      if (with_broken && random(3) === 0) parts.push(Buffer.from(broken[random(broken.length)]));
    }
    yield { bytes: new Uint8Array(Buffer.concat(parts)), any_code_points, number };
  }
}
