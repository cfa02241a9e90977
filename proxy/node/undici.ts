/**
 * The parts of undici that the proxy needs. Its index brings its fetch, caches and WebSocket with it,
 * which take a fifth of the time that the server needs to start. The version is pinned in package.json.
 */
import { createRequire } from 'node:module';
import type { Pool as PoolClass, buildConnector as BuildConnector } from 'undici';

const require = createRequire(import.meta.url);

/** undici's `Pool`, of which only `dispatch` and `close` are there. */
export const Pool = require('undici/lib/dispatcher/pool.js') as new (
  ...parameters: ConstructorParameters<typeof PoolClass>
) => Pick<PoolClass, 'dispatch' | 'close'>;

/** undici's `buildConnector`. */
export const buildConnector = require('undici/lib/core/connect.js') as typeof BuildConnector;
