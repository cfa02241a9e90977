// Takes note of when the form of the page is whole, of layout shifts, of long tasks, and of how long each
// click and key takes until the page shows it.
const seen = { usable: 0, shift: 0, tasks: [], waits: [], painted: null };
globalThis.seen = seen;

const note = (type, take, more) =>
  new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({
    type,
    buffered: true,
    ...more,
  });
note('layout-shift', ({ value }) => (seen.shift += value));
note('longtask', ({ startTime, duration }) => seen.tasks.push({ startTime, duration }));
// As INP counts: of events with an interaction, in steps of 8 ms.
const waits = ({ interactionId, duration }) => interactionId && seen.waits.push(duration);
note('event', waits, { durationThreshold: 16 });

/** Once a frame, until both inputs and the button have boxes; then the task after the next frame. */
seen.painted = new Promise((resolve) => {
  function look() {
    const root = document.querySelector('kelviq-onboarding, bare-form')?.shadowRoot;
    const boxes = [...(root?.querySelectorAll('input, button') ?? [])].filter(
      (element) => element.getBoundingClientRect().height > 0,
    );
    if (boxes.length < 3) return void requestAnimationFrame(look);
    seen.usable = performance.now();
    requestAnimationFrame(() => setTimeout(resolve));
  }
  requestAnimationFrame(look);
});

/** The longest task beyond 50 ms that began after the page's script had come: what came before is the browser's own. */
seen.longest = () => {
  const [script] = performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.js'));
  const ours = seen.tasks.filter(({ startTime, duration }) => startTime + duration > script.responseEnd);
  return Math.max(0, ...ours.map(({ duration }) => duration));
};
