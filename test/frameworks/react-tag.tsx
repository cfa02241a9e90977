/** @jsxImportSource react */
import 'kelviq-onboarding';
import type {} from 'kelviq-onboarding/types/react';
import { useRef } from 'react';
import type { KelviqOnboarding } from 'kelviq-onboarding';

/** The tag itself in React 19. */
export function Signup({ token }: { token: () => Promise<string> }) {
  const element = useRef<KelviqOnboarding>(null);
  return (
    <kelviq-onboarding
      ref={element}
      className="signup"
      endpoint="/kelviq"
      session-url="/session"
      heading-level="3"
      preview="success"
      theme="dark"
      messages={{ submit: 'Go' }}
      fetchSessionToken={token}
      onkelviq-success={({ detail }) => console.log(detail.organization.clientKey, detail.created)}
      onkelviq-error={({ detail }) => console.log(detail.code, element.current?.state)}
    >
      <p slot="terms">Terms</p>
    </kelviq-onboarding>
  );
}

export const mistakes = [
  // @ts-expect-error There is no such theme.
  <kelviq-onboarding theme="sepia" />,
  // @ts-expect-error There is no such string.
  <kelviq-onboarding messages={{ greeting: 'Hi' }} />,
  // @ts-expect-error The detail has no serverKey.
  <kelviq-onboarding onkelviq-success={({ detail }) => detail.organization.serverKey} />,
];
