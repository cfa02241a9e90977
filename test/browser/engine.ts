/** What the engine that runs this test can be made to do; the tests that need more are skipped there. */
import { executeServerCommand } from '@web/test-runner-commands';

const { userAgent } = navigator;

/** The engine of this browser. */
export const ENGINE = userAgent.includes('Firefox/')
  ? 'firefox'
  : userAgent.includes('Chrome/')
    ? 'chromium'
    : 'webkit';

/** `it` where media features such as forced colours can be emulated, which takes Chromium's own protocol. */
export const itWithMedia = ENGINE === 'chromium' ? it : it.skip;

/** Emulates media features, by their CSS names; an empty value ends it. Without effect elsewhere than in Chromium. */
export async function emulate(features: Readonly<Record<string, string>>): Promise<void> {
  if (ENGINE === 'chromium') await executeServerCommand('media-features', { ...features });
}

/** `it` where the page can be made narrow; WebKit's window has a least width. */
export const itWithViewport = ENGINE === 'webkit' ? it.skip : it;
