/** The figures as a Markdown table and as a plot. */

/** One row; times in milliseconds, CPU in microseconds a signup, memory in MiB at equal steps of signups. */
export type Figures = {
  name: string;
  does: string;
  cpu: number;
  perSecond: number;
  p50: number;
  p99: number;
  looks: number[];
  startMs: number;
  failed: number;
};

const WIDTH = 720;
const LABEL = 250;
const BAR = 26;

/** How many times the CPU of the first row. */
const times = (row: Figures, base: Figures) => row.cpu / base.cpu;

const thousands = (signups: number) => signups.toLocaleString('en');

/** The memory of each at equal steps up to so many signups, in words. */
export function memory(rows: readonly Figures[], signups: number): string {
  const steps = rows[0]?.looks.map((_, index, { length }) => thousands(((index + 1) * signups) / length));
  const each = rows.map(({ name, looks }) => `${name} ${looks.map((mib) => mib.toFixed(0)).join(', ')} MiB`);
  return `Memory after ${steps?.join(', ')} signups: ${each.join('; ')}.`;
}

/** The table; every ratio is to the first row, and memory is that after so many signups. */
export function table(rows: readonly Figures[], signups: number): string {
  const [base] = rows;
  if (!base) return '';
  const lines = rows.map((row) =>
    [
      row.name,
      row.does,
      `${row.cpu.toFixed(0)} µs`,
      `${times(row, base).toFixed(2)} ×`,
      row.perSecond.toFixed(0),
      `${row.p50.toFixed(2)} ms`,
      `${row.p99.toFixed(1)} ms`,
      `${row.looks.at(-1)?.toFixed(0)} MiB`,
      `${row.startMs.toFixed(0)} ms`,
    ].join(' | '),
  );
  return [
    `| server | what it does | CPU a signup | × bare | signups/s, one core | p50 at 1,000/s | p99 at 1,000/s | memory after ${thousands(signups)} | first answer |`,
    '|---|---|---|---|---|---|---|---|---|',
    ...lines.map((line) => `| ${line} |`),
  ].join('\n');
}

/** Bars of CPU a signup, the last one ours, as an SVG that follows the page's colours. */
export function plot(rows: readonly Figures[], caption: string): string {
  const [base] = rows;
  const most = Math.max(...rows.map(({ cpu }) => cpu));
  const bars = rows.map((row, index) => {
    const y = 40 + index * (BAR + 10);
    const width = Math.max(2, (row.cpu / most) * (WIDTH - LABEL - 130));
    const says = `${row.cpu.toFixed(0)} µs, ${times(row, base ?? row).toFixed(2)} ×`;
    return [
      `<text x="${LABEL - 10}" y="${y + 18}" text-anchor="end">${row.name}</text>`,
      `<rect x="${LABEL}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" rx="4" fill="${index === rows.length - 1 ? '#c2410c' : '#71717a'}"/>`,
      `<text x="${(LABEL + width + 8).toFixed(1)}" y="${y + 18}">${says}</text>`,
    ].join('');
  });
  const height = 40 + rows.length * (BAR + 10) + 30;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="CPU time of one signup">
<style>text{font:14px system-ui,sans-serif;fill:#18181b}@media(prefers-color-scheme:dark){text{fill:#fafafa}}</style>
<text x="${LABEL}" y="22" font-weight="600">CPU time of one signup</text>
${bars.join('\n')}
<text x="${LABEL}" y="${height - 10}" opacity=".7">${caption}</text>
</svg>
`;
}
