/** @jsxImportSource preact */
import 'kelviq-onboarding';
import type {} from 'kelviq-onboarding/types/preact';

/** The tag in Preact. */
export function Signup({ token }: { token: () => Promise<string> }) {
  return (
    <kelviq-onboarding
      class="signup"
      endpoint="/kelviq"
      session-url="/session"
      heading-level="3"
      preview="success"
      fetchSessionToken={token}
      messages={{ submit: 'Go' }}
      onkelviq-success={({ detail }) => console.log(detail.organization.clientKey)}
    >
      <p slot="terms">Terms</p>
    </kelviq-onboarding>
  );
}

export const mistakes = [
  // @ts-expect-error There is no such theme.
  <kelviq-onboarding theme="sepia" />,
  // @ts-expect-error The detail has no serverKey.
  <kelviq-onboarding onkelviq-success={({ detail }) => detail.organization.serverKey} />,
];
