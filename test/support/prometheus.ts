/**
 * A strict reader of the Prometheus text format, 0.0.4: whatever the format or its naming rules
 * forbid throws, with the line.
 */

/** One sample: its name as written, its labels, its value. */
export type Sample = { name: string; labels: Record<string, string>; value: number };

/** One metric with all of its samples, in order. */
export type Family = { name: string; type: string; help: string; samples: Sample[] };

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)/y;
const VALUE = /^(?:[+-]?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Inf)|NaN)$/;
const PARTS = { histogram: ['_bucket', '_sum', '_count'], counter: [''], gauge: [''] } as const;

function numberOf(text: string): number {
  return Number(text.replace('Inf', 'Infinity'));
}

function readLabels(text: string, line: string): Record<string, string> {
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < text.length) {
    const found = LABEL.exec(text);
    if (!found) throw new Error(`labels: ${line}`);
    const [, name = '', value = ''] = found;
    if (name in labels || name.startsWith('__')) throw new Error(`label ${name}: ${line}`);
    labels[name] = value.replaceAll(/\\(.)/g, (_, sign: string) => (sign === 'n' ? '\n' : sign));
  }
  return labels;
}

function readSample(line: string): Sample {
  const [, name = '', , labels = '', value = ''] = /^([^\s{]+)(\{(.*)\})? (\S+)$/.exec(line) ?? [];
  if (!NAME.test(name) || !VALUE.test(value)) throw new Error(`sample: ${line}`);
  return { name, labels: readLabels(labels, line), value: numberOf(value) };
}

function checkHistogram({ name, samples }: Family): void {
  const series = new Map<string, Sample[]>();
  for (const sample of samples) {
    const { le: _, ...rest } = sample.labels;
    const key = JSON.stringify(rest);
    series.set(key, [...(series.get(key) ?? []), sample]);
  }
  for (const [key, parts] of series) {
    const buckets = parts.filter((part) => part.name === `${name}_bucket`);
    const count = parts.find((part) => part.name === `${name}_count`)?.value;
    const bounds = buckets.map(({ labels }) => numberOf(labels['le'] ?? 'NaN'));
    if (!bounds.every((bound, index) => index === 0 || bound > (bounds[index - 1] ?? NaN)))
      throw new Error(`bounds of ${name} ${key} do not rise: ${bounds.join(' ')}`);
    if (!buckets.every(({ value }, index) => index === 0 || value >= (buckets[index - 1]?.value ?? NaN)))
      throw new Error(`buckets of ${name} ${key} fall`);
    if (bounds.at(-1) !== Infinity || buckets.at(-1)?.value !== count)
      throw new Error(`${name} ${key}: the last bucket is not the count`);
    if (!parts.some((part) => part.name === `${name}_sum`)) throw new Error(`${name} ${key} has no sum`);
  }
}

/** Every family of a text, by name. */
export function readMetrics(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const families = new Map<string, Family>();
  const met = new Set<string>();
  let current: Family | null = null;
  let help: { name: string; words: string } | null = null;
  for (const line of text.slice(0, -1).split('\n')) {
    const [, helped, words = ''] = /^# HELP (\S+) (.+)$/.exec(line) ?? [];
    const [, typed, type = ''] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
    if (helped !== undefined) help = { name: helped, words };
    else if (typed !== undefined) {
      if (help?.name !== typed) throw new Error(`no HELP before: ${line}`);
      if (!NAME.test(typed) || families.has(typed) || !(type in PARTS)) throw new Error(line);
      if ((type === 'counter') !== typed.endsWith('_total')) throw new Error(`name of a counter: ${line}`);
      current = { name: typed, type, help: help.words, samples: [] };
      families.set(typed, current);
    } else {
      const sample = readSample(line);
      const parts: readonly string[] = current ? PARTS[current.type as keyof typeof PARTS] : [];
      if (!current || !parts.some((part) => sample.name === current?.name + part))
        throw new Error(`outside its family: ${line}`);
      if (current.type !== 'gauge' && !(sample.value >= 0)) throw new Error(`negative: ${line}`);
      const key = `${sample.name} ${JSON.stringify(Object.entries(sample.labels).toSorted(([one], [other]) => one.localeCompare(other)))}`;
      if (met.has(key)) throw new Error(`twice: ${line}`);
      met.add(key);
      current.samples.push(sample);
    }
  }
  for (const family of families.values()) if (family.type === 'histogram') checkHistogram(family);
  return families;
}

/** The value of one series; undefined where it is not there. Labels that are not named do not matter. */
export function valueOf(
  families: Map<string, Family>,
  name: string,
  labels: Record<string, string> = {},
): number | undefined {
  const wanted = Object.entries(labels);
  const family = families.get(name.replace(/_(?:bucket|sum|count)$/, '')) ?? families.get(name);
  const found = family?.samples.filter(
    (sample) => sample.name === name && wanted.every(([label, value]) => sample.labels[label] === value),
  );
  return found?.length ? found.reduce((sum, { value }) => sum + value, 0) : undefined;
}
