/** @jsxImportSource react */
import { useState } from 'react';
import type { KelviqOnboarding as Element } from 'kelviq-onboarding';
import { KelviqOnboarding } from 'kelviq-onboarding/react';

/** The typed component. */
export function Signup({
  token,
  element,
}: {
  token: () => Promise<string>;
  element: React.RefObject<Element | null>;
}) {
  const [key, setKey] = useState<string | null>(null);
  return (
    <KelviqOnboarding
      ref={element}
      className="signup"
      endpoint="/kelviq"
      partnerName="Acme"
      headingLevel={3}
      preview="success"
      fetchSessionToken={token}
      messages={{ submit: 'Go' }}
      onSubmit={(event) => event.detail.email.endsWith('.test') && event.preventDefault()}
      onSuccess={({ detail }) => setKey(detail.organization.clientKey)}
      onError={({ detail }) => console.log(detail.code)}
    >
      <p slot="terms">{key}</p>
    </KelviqOnboarding>
  );
}

export const mistakes = [
  // @ts-expect-error Attributes are no props of the component.
  <KelviqOnboarding key="1" partnerNane="Acme" />,
  // @ts-expect-error There is no such theme.
  <KelviqOnboarding key="2" theme="sepia" />,
  // @ts-expect-error The detail of an error has no organization.
  <KelviqOnboarding key="3" onError={({ detail }) => detail.organization} />,
];
