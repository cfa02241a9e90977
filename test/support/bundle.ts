/** Bundles an entry of a project as a partner's own build would, with Vite. */
import { join } from 'node:path';
import { build } from 'vite';

/** One file of code, and the modules in it with their bytes. */
export type Bundle = { code: string; modules: Map<string, number> };

/** Bundles `entry`, a path in `folder`; for Node with `server`. */
export async function bundle(folder: string, entry: string, { server = false } = {}): Promise<Bundle> {
  const result = await build({
    root: folder,
    configFile: false,
    logLevel: 'silent',
    // Vue's own build for templates that are compiled in the browser.
    resolve: { alias: { vue: 'vue/dist/vue.esm-bundler.js' } },
    define: { 'process.env.NODE_ENV': '"production"' },
    ...(server && { ssr: { noExternal: true } }),
    build: {
      write: false,
      minify: !server,
      ssr: server,
      rolldownOptions: { input: join(folder, entry), output: { codeSplitting: false } },
    },
  });
  if (!('output' in result)) throw new Error('Vite gives one output for one input.');
  const [chunk] = result.output;
  const modules = new Map(
    Object.entries(chunk.modules).map(([id, { renderedLength }]) => [id, renderedLength]),
  );
  return { code: chunk.code, modules };
}
