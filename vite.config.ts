// Builds the drop-in: the element, Lit and the registration in one file, as a module or a classic script.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

const OUT = fileURLToPath(new URL('dist/drop-in/', import.meta.url));

/**
 * Gives Lit's Trusted Types policy our name, so that a page's CSP lists it apart from a Lit of its own.
 * Where the element is registered already this copy will never render: it makes no policy, because a
 * second one of the same name is refused by the CSP.
 */
function trustedTypesPolicy(): Plugin {
  return {
    name: 'trusted-types-policy',
    transform(code, id) {
      if (!/lit-html\/lit-html\.js$/.test(id)) return undefined;
      const call = /(\w+)\?(\1\.createPolicy\()"lit-html"/;
      if (!call.test(code)) throw new Error('lit-html no longer creates its policy as expected');
      return code.replace(call, '$1&&!customElements.get("kelviq-onboarding")?$2"kelviq-onboarding"');
    },
  };
}

/** The files that are served beside the script, and every file compressed once and for all. */
function siblings(): Plugin {
  return {
    name: 'siblings',
    generateBundle() {
      const emit = (fileName: string, file: string) =>
        this.emitFile({ type: 'asset', fileName, source: readFileSync(new URL(file, import.meta.url)) });
      emit('kelviq-onboarding.css', 'widget/kelviq-onboarding.css');
      for (const name of readdirSync(new URL('widget/locales/', import.meta.url)))
        emit(`locales/${name}`, `widget/locales/${name}`);
    },
    writeBundle(_options, bundle) {
      for (const name of Object.keys(bundle)) {
        const bytes = readFileSync(OUT + name);
        const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
        writeFileSync(`${OUT}${name}.br`, brotliCompressSync(bytes, { params }));
        writeFileSync(`${OUT}${name}.gz`, gzipSync(bytes, { level: 9 }));
      }
    },
  };
}

export default defineConfig(({ mode }) => {
  const isGlobal = mode === 'global';
  return {
    publicDir: false,
    plugins: [trustedTypesPolicy(), siblings()],
    define: isGlobal ? { 'import.meta.url': 'document.currentScript?.src' } : {},
    build: {
      target: 'es2022',
      outDir: OUT,
      emptyOutDir: !isGlobal,
      lib: {
        entry: 'widget/define.ts',
        formats: [isGlobal ? 'iife' : 'es'],
        name: 'KelviqOnboarding',
        fileName: () => (isGlobal ? 'kelviq-onboarding.global.js' : 'kelviq-onboarding.js'),
      },
      rolldownOptions: { output: { codeSplitting: false, minify: true } },
    },
  };
});
