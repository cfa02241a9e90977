/**
 * The drop-in's entry: registers `<kelviq-onboarding>` once, whatever else has registered it, and
 * takes the folder that the script came from as the proxy's address; the code to paste is fetched from
 * there as data. The classic build puts `document.currentScript` where the module build says `import.meta`.
 */
import { KelviqOnboarding } from './kelviq-onboarding.ts';
// After the element, whose styles have to come first.
import { resolve } from './client.ts';

/** '' where no script is current; what is beside it is nowhere then. */
const script: string = import.meta.url ?? '';

if (!customElements.get('kelviq-onboarding')) {
  KelviqOnboarding.defaults.endpoint = resolve('.', script);
  KelviqOnboarding.snippets = async () => (await fetch(resolve('snippets.json', script))).json();
  customElements.define('kelviq-onboarding', KelviqOnboarding);
}
