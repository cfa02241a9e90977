import { expect } from '@open-wc/testing';
import { JOURNEY, JOURNEY_EVENTS, STATES, type JourneyEvent, type State } from '../../widget/journey.ts';
import { english } from '../../widget/messages.ts';

/** state: event → next (focus) [said]; every cell that is not here changes nothing. */
const EXPECTED = `
loading: session_ready → ready
loading: session_pending → submitting [submitting]
ready: session_pending → submitting [submitting]
ready: resumed → success [welcomeBack]
ready: failed → failed [failure]
failed: failed → failed [failure]
failed: session_pending → submitting [submitting]
failed: resumed → success [welcomeBack]
loading: invalid → loading (invalid)
loading: hinted → loading [hint]
loading: submitted → submitting [submitting]
loading: resumed → success [welcomeBack]
loading: failed → failed [failure]
loading: restarted → loading
ready: invalid → ready (invalid)
ready: hinted → ready [hint]
ready: submitted → submitting [submitting]
ready: restarted → loading
submitting: session_ready → ready [tryAgain]
submitting: checking → submitting [checking]
submitting: slow → submitting [slow]
submitting: offline → submitting [offline]
submitting: busy → submitting [busy]
submitting: created → success (start) [created]
submitting: resumed → success (start) [welcomeBack]
submitting: refused → ready (invalid)
submitting: failed → failed [failure]
submitting: restarted → loading
success: key_arrived → success [useKey]
success: delivered → success [delivered]
success: unfollowed → success [undelivered]
success: copied → success [copied]
success: not_copied → success [copyYourself]
success: restarted → loading (start)
failed: invalid → failed (invalid)
failed: hinted → failed [hint]
failed: submitted → submitting [submitting]
failed: restarted → loading`;

const cells = STATES.flatMap((state) => JOURNEY_EVENTS.map((event) => [state, event] as const));

function describeCell(state: State, event: JourneyEvent): string | null {
  const step = JOURNEY[state][event];
  if (!step) return null;
  return `${state}: ${event} → ${step.next ?? state}${step.focus ? ` (${step.focus})` : ''}${step.say ? ` [${step.say}]` : ''}`;
}

describe('the journey', () => {
  it('is the table below, cell by cell', () => {
    const actual = cells.map(([state, event]) => describeCell(state, event)).filter((cell) => cell !== null);
    expect(actual).to.have.members(EXPECTED.trim().split('\n'));
    expect(actual).to.have.lengthOf(EXPECTED.trim().split('\n').length);
  });

  for (const [state, event] of cells) {
    const step = JOURNEY[state][event];
    if (step)
      it(`has words for ${event} in ${state}`, () => {
        for (const words of [step.words, step.say])
          if (words && words !== 'failure') expect(english[words]).to.be.a('string');
        if (step.words) expect(step.say).to.equal(step.words);
      });
  }

  it('lets nobody submit twice', () => {
    for (const state of STATES)
      expect(!!JOURNEY[state].submitted).to.equal(state !== 'submitting' && state !== 'success');
  });

  it('leaves success only by starting again', () => {
    for (const event of JOURNEY_EVENTS)
      if (event !== 'restarted') expect(JOURNEY.success[event]?.next ?? 'success').to.equal('success');
  });

  it('has a way out of every state', () => {
    for (const state of STATES) expect(JOURNEY[state].restarted?.next).to.equal('loading');
  });

  it('takes the focus to the heading only after a submit', () => {
    for (const [state, event] of cells)
      if (JOURNEY[state][event]?.focus === 'start' && JOURNEY[state][event].next === 'success')
        expect(state).to.equal('submitting');
  });
});
