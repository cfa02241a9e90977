/**
 * The drop-in's entry: registers `<kelviq-onboarding>` once, whatever else has registered it, and
 * takes the folder that the script came from as the proxy's address. The classic build puts
 * `document.currentScript` where the module build says `import.meta`.
 */
import { KelviqOnboarding } from './kelviq-onboarding.ts';

const script: string | undefined = import.meta.url;

if (!customElements.get('kelviq-onboarding')) {
  KelviqOnboarding.defaults.endpoint = URL.parse('.', script)?.href ?? '';
  customElements.define('kelviq-onboarding', KelviqOnboarding);
}
