/**
 * The drop-in's entry: registers `<kelviq-onboarding>` once, whatever else has registered it, and
 * takes the folder that the script came from as the proxy's address; the code to paste is fetched from
 * there as data. The classic build puts `document.currentScript` where the module build says `import.meta`.
 */
import { KelviqOnboarding } from './kelviq-onboarding.ts';

const script: string | undefined = import.meta.url;
const beside = (name: string) => URL.parse(name, script)?.href ?? '';

if (!customElements.get('kelviq-onboarding')) {
  KelviqOnboarding.defaults.endpoint = beside('.');
  KelviqOnboarding.snippets = async () => (await fetch(beside('snippets.json'))).json();
  customElements.define('kelviq-onboarding', KelviqOnboarding);
}
