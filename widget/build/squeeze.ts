/**
 * What makes the drop-in small besides Vite's own minifier: no white space for people in styles and
 * templates, short names, and two passes over the minified code.
 */
import { minify } from 'terser';
import type { Plugin } from 'vite';

/** Which names are shortened, and to what. */
export type Names = {
  /** Events of the journey. */
  events: Readonly<Record<string, string>>;
  /** Members of objects. */
  members: Readonly<Record<string, string>>;
  /** The name of a scope's `index`th variable, from 0. */
  identifier: (index: number) => string;
};

/** Shortens the events in the files that speak of them. */
function shortEvents(events: Names['events']): Plugin {
  const names = new RegExp(`\\b(?:${Object.keys(events).join('|')})\\b`, 'g');
  return {
    name: 'short-events',
    enforce: 'pre',
    transform: (code, id) =>
      /widget\/(?:asking|journey|signup|kelviq-onboarding)\.ts$/.test(id)
        ? code.replace(names, (name) => events[name] ?? name)
        : undefined,
  };
}

/** Leaves out the stand-in for a server, which imports the npm package alone. */
function browserAlone(): Plugin {
  return {
    name: 'browser-alone',
    enforce: 'pre',
    transform: (code, id) =>
      id.endsWith('/widget/base.ts')
        ? code.replace('globalThis.HTMLElement ?? Object', 'HTMLElement')
        : undefined,
  };
}

/** Takes the white space out of styles and templates that only people need. */
function minifyLiterals(): Plugin {
  return {
    name: 'minify-literals',
    enforce: 'pre',
    transform(code, id) {
      if (id.endsWith('.styles.ts'))
        return code.replace(/(?<=raw`)[^`]+/, (css) =>
          css
            .replace(/\s+/g, ' ')
            .replace(/ ?([{};,>]) ?/g, '$1')
            .replace(/: /g, ':')
            .replaceAll(' * ', '*')
            .replaceAll(';}', '}')
            .replace(/\b0\./g, '.')
            .trim(),
        );
      return /widget\/(?:view|kelviq-onboarding)\.ts$/.test(id)
        ? code
            .replace(/>\s*\n\s*|\s*\n\s*(?=[<$`])/g, (gap) => gap[0]!.trim())
            .replace(/\s*\/>|\n\s*>/g, '>')
            .replace(/\n\s+(?=[?.@]?[\w-]+=\S)/g, ' ')
            .replace(/\n\s+/g, '\n')
            .replace(/(?<==)"([\w-]+)"(?=[\s>])/g, '$1')
        : undefined;
    },
  };
}

/**
 * Tells Chromium to compile every function while the script loads, and not each at its first call, after
 * having skipped through it; others take it for a comment. https://github.com/WICG/explicit-javascript-compile-hints-file-based
 */
const COMPILE_HINT = '//# allFunctionsCalledOnLoad\n';

/**
 * Two passes over the minified code: 3 % smaller. `unsafe` is what could disturb code that looks at its own
 * functions or changes the built-in objects; this does neither. The names come after all else has its shape.
 */
async function squeeze(code: string, { members, identifier }: Names): Promise<string> {
  const format = { quote_style: 2 } as const;
  const { code: compressed = '' } = await minify(code, {
    module: true,
    ecma: 2020,
    compress: { passes: 4, unsafe: true, unsafe_arrows: true, unsafe_methods: true, pure_getters: true },
    mangle: false,
    format,
  });
  const regex = new RegExp(`^(?:${Object.keys(members).join('|').replaceAll('$', '\\$')})$`);
  const props = Object.fromEntries(Object.entries(members).map(([name, short]) => [`$${name}`, short]));
  const { code: named = '' } = await minify(compressed, {
    module: true,
    ecma: 2020,
    compress: false,
    nameCache: { props: { props } },
    mangle: { properties: { regex, builtins: true }, nth_identifier: { get: identifier } },
    format,
  });
  return COMPILE_HINT + named;
}

/** The minified code, squeezed. */
function squeezed(names: Names): Plugin {
  return {
    name: 'squeezed',
    async generateBundle(_options, bundle) {
      for (const file of Object.values(bundle))
        if (file.type === 'chunk') file.code = await squeeze(file.code, names);
    },
  };
}

/** Everything above. */
export function squeezing(names: Names): Plugin[] {
  return [browserAlone(), minifyLiterals(), shortEvents(names.events), squeezed(names)];
}
