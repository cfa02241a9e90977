// Writes dist/widget/locales: the languages without white space, `no` for `nb` by its older name, and
// the pseudo-locale `en-XA`, which shows at a glance what is not translated and what a longer language
// does to a layout. Runs after tsc, because English is code.
import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';

const ACCENTED = Object.fromEntries(
  [
    ...'AÅ BƁ CÇ DÐ EÉ FƑ GĜ HĤ IÎ JĴ KĶ LĻ MḾ NÑ OÖ PÞ QǪ RŔ SŠ TŢ UÛ VṼ WŴ XẊ YÝ ZŽ aå bƀ cç dð eé fƒ gĝ hĥ iî jĵ kķ lļ mḿ nñ oö pþ qǫ rŕ sš tţ uû vṽ wŵ xẋ yý zž'.matchAll(
      /(\w)(\S)/g,
    ),
  ].map(([, letter, accented]) => [letter, accented]),
);

/** A text in accents and a third longer, in brackets that show where it is cut; places stay. */
function pseudo(text) {
  const accented = text.replace(/\{\w+\}|\w/g, (part) => ACCENTED[part] ?? part);
  return `[${accented}${' one two three four five six seven'.slice(0, Math.ceil(text.length / 3))}]`;
}

/** Makes the folder from `widget/locales` and the compiled `widget/messages.ts` below `root`. */
export async function writeLocales(root) {
  const from = new URL('widget/locales/', root);
  const to = new URL('dist/widget/locales/', root);
  const write = (tag, words) => writeFileSync(new URL(`${tag}.json`, to), JSON.stringify(words));
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from))
    write(name.replace('.json', ''), JSON.parse(readFileSync(new URL(name, from), 'utf8')));
  copyFileSync(new URL('nb.json', to), new URL('no.json', to));
  const { english } = await import(new URL('dist/widget/messages.js', root).href);
  write('en-XA', Object.fromEntries(Object.entries(english).map(([key, text]) => [key, pseudo(text)])));
}
