/** @jsxImportSource vue */
import 'kelviq-onboarding';
import type {} from 'kelviq-onboarding/types/vue';
import { defineComponent, type GlobalComponents } from 'vue';

/** The tag in Vue's JSX. */
export const Signup = defineComponent({
  props: { token: { type: Function, required: true } },
  setup: (props) => () => (
    <kelviq-onboarding
      class="signup"
      endpoint="/kelviq"
      session-url="/session"
      heading-level="3"
      preview="success"
      fetchSessionToken={props.token as () => Promise<string>}
      messages={{ submit: 'Go' }}
      onKelviqSuccess={({ detail }) => console.log(detail.organization.clientKey)}
    >
      <p slot="terms">Terms</p>
    </kelviq-onboarding>
  ),
});

/** What the language tools check a template against. */
type InTemplates = InstanceType<GlobalComponents['kelviq-onboarding']>['$props'];
export const bound: InTemplates = {
  partnerName: 'Acme',
  'session-url': '/session',
  onKelviqError: ({ detail }) => console.log(detail.code),
};

export const mistakes = [
  // @ts-expect-error There is no such theme.
  <kelviq-onboarding theme="sepia" />,
  // @ts-expect-error The detail has no serverKey.
  <kelviq-onboarding onKelviqSuccess={({ detail }) => detail.organization.serverKey} />,
];
