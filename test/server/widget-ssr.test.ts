import assert from '../support/assert.ts';
import { describe, it } from 'node:test';

describe('the widget on a server', () => {
  it('can be imported, and registers nothing', async () => {
    const { KelviqOnboarding } = await import('../../widget/index.ts');
    assert.equal(typeof KelviqOnboarding, 'function');
    const known = (globalThis as { customElements?: CustomElementRegistry }).customElements;
    assert.equal(known?.get('kelviq-onboarding'), undefined);
    assert.equal(typeof document, 'undefined');
  });
});
