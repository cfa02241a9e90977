/** @jsxImportSource solid-js */
import 'kelviq-onboarding';
import type {} from 'kelviq-onboarding/types/solid';

/** The tag in Solid. */
export function Signup(props: { token: () => Promise<string> }) {
  return (
    <kelviq-onboarding
      class="signup"
      endpoint="/kelviq"
      session-url="/session"
      heading-level="3"
      preview="success"
      prop:fetchSessionToken={props.token}
      prop:messages={{ submit: 'Go' }}
      on:kelviq-success={({ detail }) => console.log(detail.organization.clientKey)}
    >
      <p slot="terms">Terms</p>
    </kelviq-onboarding>
  );
}

export const mistakes = [
  // @ts-expect-error There is no such theme.
  <kelviq-onboarding theme="sepia" />,
  // @ts-expect-error The detail has no serverKey.
  <kelviq-onboarding on:kelviq-success={({ detail }) => detail.organization.serverKey} />,
];
