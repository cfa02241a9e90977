/**
 * The code that puts Kelviq into the customer's own product, after Kelviq's documentation of its SDKs. It
 * is shown and copied as text, and never run. The npm import has it inside; the drop-in fetches it as data
 * once somebody signs up.
 */

/** Code for one platform; `{key}` and `{environment}` are places. `docs` is the page of Kelviq's docs. */
export type Snippet = { name: string; docs: string; code: string };

const DOCS = 'https://docs.kelviq.com';

/** The platforms, in the order of the tabs. The Node SDK takes the server key, which no browser ever sees. */
export const SNIPPETS: readonly Snippet[] = [
  {
    name: 'JavaScript',
    docs: `${DOCS}/frontend-integration/js-sdk`,
    code: `import kelviqSDK from '@kelviq/js-sdk';

const kelviq = kelviqSDK({
  accessToken: '{key}',
  environment: '{environment}',
  customerId: 'your-customer-id',
});`,
  },
  {
    name: 'React',
    docs: `${DOCS}/frontend-integration/react-sdk`,
    code: `import { KelviqProvider } from '@kelviq/react-sdk';

<KelviqProvider
  accessToken="{key}"
  environment="{environment}"
  customerId="your-customer-id"
>
  <App />
</KelviqProvider>`,
  },
  {
    name: 'Node',
    docs: `${DOCS}/backend-integration/node-sdk`,
    code: `import { Kelviq } from '@kelviq/node-sdk';

// The server key: Settings, API keys in Kelviq. It never belongs in a browser.
const kelviq = new Kelviq({
  accessToken: process.env.KELVIQ_SERVER_API_KEY,
  environment: '{environment}',
});`,
  },
];
