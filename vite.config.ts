// Builds the drop-in: the element, Lit and the registration in one file, as a module or a classic script.
// And zod for the proxy, of which only what is used is read at a start.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { defineConfig, type Plugin, type UserConfig } from 'vite';
import { leanLit } from './widget/build/lean-lit.ts';
import { SHORT } from './widget/build/short-names.ts';
import { squeezing, type Names } from './widget/build/squeeze.ts';
import { SNIPPETS } from './widget/snippets.ts';

const OUT = fileURLToPath(new URL('dist/drop-in/', import.meta.url));

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

/**
 * Where a classic script came from. Asked of the prototype, because an image of the name `currentScript` would
 * stand in the script's place on `document`, and who can write markup alone would name the proxy.
 */
const CURRENT_SCRIPT = 'Reflect.get(Document.prototype, "currentScript", document)?.src';

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

/** The build of one script, with `names` for what the drop-in shortens. */
export function scriptConfig(mode: string, names: Names = SHORT): UserConfig {
  const script = SCRIPTS[mode];
  if (!script) throw new Error(`--mode is one of zod, ${Object.keys(SCRIPTS).join(', ')}`);
  // The debug script is for developers: nobody counts its bytes.
  const isSmall = mode !== 'debug';
  return {
    publicDir: false,
    plugins: [
      ...(isSmall ? [leanLit(), ...squeezing(names)] : []),
      ...(mode === 'drop-in' ? [siblings()] : []),
      compressed(),
    ],
    define: mode === 'global' ? { 'import.meta.url': CURRENT_SCRIPT } : {},
    build: {
      target: 'es2022',
      outDir: OUT,
      emptyOutDir: false,
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
}

export default defineConfig(({ mode }) => (mode === 'zod' ? zod() : scriptConfig(mode)));
