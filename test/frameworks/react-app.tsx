/** @jsxImportSource react */
import { useState } from 'react';
import { hydrateRoot } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import { KelviqOnboarding, type KelviqOnboardingProps } from 'kelviq-onboarding/react';

const MESSAGES = { submit: 'Open my account' };

/** What server and browser render: the props, what was heard, and a button that changes a prop. */
function App(props: KelviqOnboardingProps) {
  const [heard, setHeard] = useState<string[]>([]);
  const [locale, setLocale] = useState<string>();
  const hear = (text: string) => setHeard((before) => [...before, text]);
  return (
    <main>
      <KelviqOnboarding
        {...props}
        className="signup"
        title={locale}
        locale={locale}
        headingLevel={3}
        messages={MESSAGES}
        onReady={() => hear('ready')}
        onSubmit={({ detail }) => hear(`submit ${detail.email}`)}
        onSuccess={({ detail }) => hear(`success ${detail.created}`)}
        onDelivered={() => hear('delivered')}
      >
        <p slot="terms">Terms of Acme</p>
      </KelviqOnboarding>
      <output>{heard.join(', ')}</output>
      <button onClick={() => setLocale(locale ? undefined : 'de')}>Language</button>
    </main>
  );
}

/** The page's HTML, made on a server. */
export const render = (props: KelviqOnboardingProps) => renderToString(<App {...props} />);

/** Takes the page over in a browser. */
export const hydrate = (root: Element, props: KelviqOnboardingProps) =>
  hydrateRoot(root, <App {...props} />, { onRecoverableError: (error) => console.error(error) });

Object.assign(globalThis, { hydrateApp: hydrate });
