// Builds the drop-in: the element, Lit and the registration in one file, as a module or a classic script.
// And zod for the proxy, of which only what is used is read at a start.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { minify } from 'terser';
import { defineConfig, type Plugin, type UserConfig } from 'vite';
import { leanLit } from './widget/build/lean-lit.ts';
import { EVENTS, identifier, MEMBERS } from './widget/build/short-names.ts';
import { SNIPPETS } from './widget/snippets.ts';

const OUT = fileURLToPath(new URL('dist/drop-in/', import.meta.url));

/** Shortens the events in the files that speak of them. */
function shortEvents(): Plugin {
  const names = new RegExp(`\\b(?:${Object.keys(EVENTS).join('|')})\\b`, 'g');
  return {
    name: 'short-events',
    enforce: 'pre',
    transform: (code, id) =>
      /widget\/(?:asking|journey|signup|kelviq-onboarding)\.ts$/.test(id)
        ? code.replace(names, (name) => EVENTS[name as keyof typeof EVENTS])
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

/** Where a pass over the minified code finds the short names of members. */
const memberNames = () => ({
  props: { props: Object.fromEntries(Object.entries(MEMBERS).map(([name, short]) => [`$${name}`, short])) },
});

/**
 * Two passes over the minified code: 3 % smaller. `unsafe` is what could disturb code that looks at its own
 * functions or changes the built-in objects; this does neither. The names come after all else has its shape.
 */
async function squeeze(code: string): Promise<string> {
  const format = { quote_style: 2 } as const;
  const { code: compressed = '' } = await minify(code, {
    module: true,
    ecma: 2020,
    compress: { passes: 4, unsafe: true, unsafe_arrows: true, unsafe_methods: true, pure_getters: true },
    mangle: false,
    format,
  });
  const regex = new RegExp(`^(?:${Object.keys(MEMBERS).join('|').replaceAll('$', '\\$')})$`);
  const { code: squeezed = '' } = await minify(compressed, {
    module: true,
    ecma: 2020,
    compress: false,
    nameCache: memberNames(),
    mangle: { properties: { regex, builtins: true }, nth_identifier: { get: identifier } },
    format,
  });
  return COMPILE_HINT + squeezed;
}

/** The minified code, squeezed. */
function squeezed(): Plugin {
  return {
    name: 'squeezed',
    async generateBundle(_options, bundle) {
      for (const file of Object.values(bundle))
        if (file.type === 'chunk') file.code = await squeeze(file.code);
    },
  };
}

/** The files that are served beside the scripts. */
function siblings(): Plugin {
  return {
    name: 'siblings',
    generateBundle() {
      const emit = (fileName: string, file: string) =>
        this.emitFile({ type: 'asset', fileName, source: readFileSync(new URL(file, import.meta.url)) });
      this.emitFile({ type: 'asset', fileName: 'snippets.json', source: JSON.stringify(SNIPPETS) });
      emit('kelviq-onboarding.css', 'widget/kelviq-onboarding.css');
      for (const name of readdirSync(new URL('dist/widget/locales/', import.meta.url)))
        emit(`locales/${name}`, `dist/widget/locales/${name}`);
    },
  };
}

/** Every file compressed, once and for all. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    writeBundle(_options, bundle) {
      for (const name of Object.keys(bundle)) {
        const bytes = readFileSync(OUT + name);
        const params = {
          [constants.BROTLI_PARAM_QUALITY]: 11,
          [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
        };
        writeFileSync(`${OUT}${name}.br`, brotliCompressSync(bytes, { params }));
        writeFileSync(`${OUT}${name}.gz`, gzipSync(bytes, { level: 9 }));
      }
    },
  };
}

/** The three scripts, by `--mode`. */
const SCRIPTS: Record<string, { entry: string; format: 'es' | 'iife'; file: string }> = {
  'drop-in': { entry: 'widget/define.ts', format: 'es', file: 'kelviq-onboarding.js' },
  global: { entry: 'widget/define.ts', format: 'iife', file: 'kelviq-onboarding.global.js' },
  debug: { entry: 'widget/debug/index.ts', format: 'iife', file: 'kelviq-onboarding.debug.js' },
};

/** What the proxy uses of zod, in one file in the place of what tsc made; its licence goes with it. */
function zod(): UserConfig {
  const banner = `/*!\n${readFileSync(new URL('node_modules/zod/LICENSE', import.meta.url), 'utf8')}*/`;
  return {
    publicDir: false,
    build: {
      target: 'es2023',
      outDir: fileURLToPath(new URL('dist/proxy/', import.meta.url)),
      emptyOutDir: false,
      minify: false,
      lib: { entry: 'proxy/zod.ts', formats: ['es'], fileName: () => 'zod.js' },
      rolldownOptions: {
        experimental: { attachDebugInfo: 'none' },
        output: { codeSplitting: false, postBanner: banner },
      },
    },
  };
}

export default defineConfig(({ mode }) => {
  if (mode === 'zod') return zod();
  const script = SCRIPTS[mode];
  if (!script) throw new Error(`--mode is one of ${Object.keys(SCRIPTS).join(', ')}`);
  // The debug script is for developers: nobody counts its bytes.
  const isSmall = mode !== 'debug';
  return {
    publicDir: false,
    plugins: [
      ...(isSmall ? [minifyLiterals(), shortEvents(), leanLit(), squeezed()] : []),
      ...(mode === 'drop-in' ? [siblings()] : []),
      compressed(),
    ],
    define: mode === 'global' ? { 'import.meta.url': 'document.currentScript?.src' } : {},
    build: {
      target: 'es2022',
      outDir: OUT,
      emptyOutDir: mode === 'drop-in',
      lib: {
        entry: script.entry,
        formats: [script.format],
        name: 'KelviqOnboarding',
        fileName: () => script.file,
      },
      rolldownOptions: {
        checks: { pluginTimings: false },
        output: {
          codeSplitting: false,
          minify: {
            compress: true,
            mangle: !isSmall,
            codegen: { removeWhitespace: true },
          },
        },
      },
    },
  };
});
