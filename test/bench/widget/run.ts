/** `npm run bench`, the widget's part: measures it beside the form by hand and writes `results.txt`. */
import { writeFileSync } from 'node:fs';
import { measureWidget, type WidgetFigures } from './widget.ts';

const task = (ms: number) => (ms ? `${ms.toFixed(0)} ms` : 'none');

/** The figures as the README shows them. */
function tableOf(figures: WidgetFigures): string {
  const { bytes, bareBytes, workRatio, workMs, usableRatio, usableMs, shift } = figures;
  const { longestLoadMs, bareLongestLoadMs, longestSignupMs, inpMs } = figures;
  return [
    '| what | kelviq-onboarding | × the form by hand |',
    '|---|---|---|',
    `| script, brotli | ${bytes.toLocaleString('en')} B | ${(bytes / bareBytes).toFixed(1)} × of ${bareBytes} B |`,
    `| work of the main thread, CPU slowed 4 × | ${workMs.toFixed(0)} ms | ${workRatio.toFixed(2)} × |`,
    `| time to a usable form, slow 4G | ${usableMs.toFixed(0)} ms | ${usableRatio.toFixed(2)} × |`,
    `| layout shift | ${shift.toFixed(4)} | |`,
    `| longest task beyond 50 ms at load, CPU slowed 4 × | ${task(longestLoadMs)} | ${task(bareLongestLoadMs)} |`,
    `| longest task of a whole signup, CPU slowed 4 × | ${task(longestSignupMs)} | |`,
    `| slowest key or click of a whole signup (INP), CPU slowed 4 × | ${inpMs.toFixed(0)} ms | |`,
  ].join('\n');
}

const table = tableOf(await measureWidget());
writeFileSync(new URL('results.txt', import.meta.url), `${table}\n`);
process.stdout.write(`\n${table}\n`);
