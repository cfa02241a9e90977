/**
 * The start tags of a page, as far as the doctor needs them: names and attributes, in order. What
 * stands in comments, scripts and the like is no tag. It takes tags apart as the HTML standard does
 * (section 13.2.5), each character once, and repairs nothing else.
 */

/**
 * One start tag; names are in lower case, and an attribute without a value has "". `slashed`: it ends in "/>",
 * which closes nothing in HTML.
 */
export type Tag = { name: string; attributes: Readonly<Record<string, string>>; slashed: boolean };

const OPENING = /<!--|<([a-z][^\s/>]*)/gi;
/** An attribute's name, which may begin with "=", then where its value begins, and the value without quotes. */
const ATTRIBUTE = /[\s/]*([^\s/>][^\s/>=]*)(?:\s*(=)\s*(?:(["'])|([^\s>"'][^\s>]*))?)?/y;
const CLOSING = /[\s/]*>/y;

/** Elements whose content is text, whatever it looks like; a template's is there for nobody yet. */
const RAW = new Set(['script', 'style', 'textarea', 'title', 'template', 'noscript']);

const NAMED: Readonly<Record<string, string>> = { amp: '&', quot: '"', apos: "'", lt: '<', gt: '>' };

function decoded(value: string): string {
  return value.replaceAll(
    /&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z]+));/gi,
    (whole, hex?: string, number?: string, name?: string) => {
      const code = hex ? Number.parseInt(hex, 16) : Number(number);
      if (name !== undefined) return NAMED[name] ?? whole;
      return code > 0 && code <= 0x10_ff_ff ? String.fromCodePoint(code) : whole;
    },
  );
}

/** Matches `pattern`, which is sticky, at `index`. */
function at(pattern: RegExp, html: string, index: number): RegExpExecArray | null {
  pattern.lastIndex = index;
  return pattern.exec(html);
}

/** The attributes from `index` on, and where their tag ends; null where it never does. */
function attributesAt(
  html: string,
  index: number,
): { attributes: Record<string, string>; slashed: boolean; end: number } | null {
  const attributes: Record<string, string> = {};
  let end = index;
  for (;;) {
    const closing = at(CLOSING, html, end);
    if (closing) return { attributes, slashed: closing[0].endsWith('/>'), end: end + closing[0].length };
    const found = at(ATTRIBUTE, html, end);
    if (!found) return null;
    const [whole, name = '', , quote, bare = ''] = found;
    end += whole.length;
    let value = bare;
    if (quote !== undefined) {
      const last = html.indexOf(quote, end);
      if (last < 0) return null;
      value = html.slice(end, last);
      end = last + 1;
    }
    // Of two attributes of one name the first counts.
    attributes[name.toLowerCase()] ??= decoded(value);
  }
}

/** Where the text of a raw element that begins at `index` ends. */
function endOfText(html: string, name: string, index: number): number {
  const end = new RegExp(`</${name}[\\s/>]`, 'gi');
  return at(end, html, index)?.index ?? html.length;
}

/** Every start tag of `html`. */
export function tagsOf(html: string): Tag[] {
  const tags: Tag[] = [];
  let index = 0;
  for (let found = at(OPENING, html, index); found; found = at(OPENING, html, index)) {
    const [whole, written] = found;
    index = found.index + whole.length;
    if (written === undefined) {
      // One may end where it begins: <!-->.
      const end = html.indexOf('-->', found.index + '<!'.length);
      if (end < 0) break;
      index = end + '-->'.length;
      continue;
    }
    const rest = attributesAt(html, index);
    // A tag that never ends takes the rest of the page with it.
    if (!rest) break;
    const name = written.toLowerCase();
    tags.push({ name, attributes: rest.attributes, slashed: rest.slashed });
    index = RAW.has(name) ? endOfText(html, name, rest.end) : rest.end;
  }
  return tags;
}
