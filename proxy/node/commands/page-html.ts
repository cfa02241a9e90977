/**
 * The start tags of a page, as far as the doctor needs them: names and attributes, in order. What
 * stands in comments, scripts and the like is no tag. It is no parser of HTML: it repairs nothing.
 */

/** One start tag; names are in lower case, and an attribute without a value has "". */
export type Tag = { name: string; attributes: Readonly<Record<string, string>> };

const NEXT = /<!--.*?(?:-->|$)|<([a-z][^\s/>]*)((?:"[^"]*"|'[^']*'|[^>"'])*)>/gis;
const ATTRIBUTE = /([^\s"'>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?/g;

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

function attributesOf(text: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, name = '', double, single, bare] of text.matchAll(ATTRIBUTE))
    // Of two attributes of one name the first counts.
    attributes[name.toLowerCase()] ??= decoded(double ?? single ?? bare ?? '');
  return attributes;
}

/** Every start tag of `html`. */
export function tagsOf(html: string): Tag[] {
  const tags: Tag[] = [];
  const next = new RegExp(NEXT);
  for (let found = next.exec(html); found; found = next.exec(html)) {
    const [, name, attributes = ''] = found;
    if (name === undefined) continue;
    const tag = { name: name.toLowerCase(), attributes: attributesOf(attributes) };
    tags.push(tag);
    if (!RAW.has(tag.name)) continue;
    const end = new RegExp(`</${tag.name}[\\s/>]`, 'gi');
    end.lastIndex = next.lastIndex;
    next.lastIndex = end.exec(html)?.index ?? html.length;
  }
  return tags;
}
