// Takes note of when the form of the page is whole, of layout shifts and of long tasks.
const seen = { usable: 0, painted: false, shift: 0, longTasks: [] };
globalThis.seen = seen;

new PerformanceObserver((list) => {
  for (const { value } of list.getEntries()) seen.shift += value;
}).observe({ type: 'layout-shift', buffered: true });
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) seen.longTasks.push(duration);
}).observe({ type: 'longtask', buffered: true });

/** Once a frame, until both inputs and the button have boxes; then the task after the next frame. */
function look() {
  const root = document.querySelector('kelviq-onboarding, bare-form')?.shadowRoot;
  const boxes = [...(root?.querySelectorAll('input, button') ?? [])].filter(
    (element) => element.getBoundingClientRect().height > 0,
  );
  if (boxes.length < 3) return void requestAnimationFrame(look);
  seen.usable = performance.now();
  requestAnimationFrame(() => setTimeout(() => (seen.painted = true)));
}
requestAnimationFrame(look);
