/** A partner's own component, of a Lit of its own, with the widget in its template. */
import { LitElement, html } from 'lit';

class PartnerCard extends LitElement {
  static override properties = { clicks: { type: Number } };

  declare clicks: number;

  constructor() {
    super();
    this.clicks = 0;
  }

  override render() {
    return html`<button id="own" @click=${() => this.clicks++}>Clicked ${this.clicks}</button>
      <kelviq-onboarding .partnerName=${'Acme'} locale=${this.lang || 'en'}></kelviq-onboarding>`;
  }
}

customElements.define('partner-card', PartnerCard);
