import 'kelviq-onboarding';
import { createApp, ref } from 'vue';

const app = createApp({
  setup() {
    const heard = ref<string[]>([]);
    const locale = ref<string>();
    return {
      heard,
      locale,
      messages: { submit: 'Open my account' },
      endpoint: document.body.dataset['endpoint'],
      hear: (text: string) => heard.value.push(text),
    };
  },
  template: `
    <kelviq-onboarding :endpoint partner-name="Acme" :heading-level="3" :locale :messages
      @kelviq-ready="hear('ready')"
      @kelviq-submit="hear('submit ' + $event.detail.email)"
      @kelviq-success="hear('success ' + $event.detail.created)"
      @kelviq-delivered="hear('delivered')">
      <p slot="terms">Terms of Acme</p>
    </kelviq-onboarding>
    <output>{{ heard.join(', ') }}</output>
    <button @click="locale = locale ? '' : 'de'">Language</button>`,
});
app.config.compilerOptions.isCustomElement = (tag) => tag === 'kelviq-onboarding';
app.mount('#root');
