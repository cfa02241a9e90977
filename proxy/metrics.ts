/**
 * Counters, histograms and gauges as Prometheus text (exposition format 0.0.4). The names of labels
 * are fixed where a metric is declared, and their values are the product's own words: nothing that
 * a visitor sends may become one.
 */

/** Something that can be scraped: its HELP and TYPE lines and its samples. */
export type Metric = { text(): string };

/** Counts up; one value for each label, in the order of their names. */
export type Counter = Metric & { add(...values: string[]): void };

/** Counts how long things took, in seconds. */
export type Histogram = Metric & { observe(seconds: number, ...values: string[]): void };

/** One value of a gauge, and its labels in the order of their names. */
export type Sample = { values?: readonly string[]; value: number };

/** The media type of what `text()` gives. */
export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };

function labelsOf(names: readonly string[], values: readonly string[]): string {
  return names
    .map(
      (name, index) =>
        `${name}="${(values[index] ?? '').replace(/[\\"\n]/g, (sign) => ESCAPES[sign] ?? '')}"`,
    )
    .join(',');
}

/** What is counted for each set of label values; `key` is the labels as text, written once. */
function seriesOf<Made>(labels: readonly string[], make: () => Made) {
  const known: { values: readonly string[]; key: string; made: Made }[] = [];
  return {
    of(values: readonly string[]): Made {
      // There are few, and to compare words costs less than to join them.
      let one = known.find((other) => values.every((value, index) => value === other.values[index]));
      if (!one) known.push((one = { values, key: labelsOf(labels, values), made: make() }));
      return one.made;
    },
    all: known,
  };
}

function head(name: string, type: 'counter' | 'gauge' | 'histogram', help: string): string {
  return `# HELP ${name} ${help.replace(/[\\\n]/g, (sign) => ESCAPES[sign] ?? '')}\n# TYPE ${name} ${type}\n`;
}

function sample(name: string, labels: string, value: number): string {
  return `${name}${labels === '' ? '' : `{${labels}}`} ${value}\n`;
}

/** A counter. `known` are label values that are shown with 0 before they first happen, so that a rate sees the first. */
export function counter(
  name: string,
  help: string,
  labels: readonly string[] = [],
  known: readonly (readonly string[])[] = labels.length === 0 ? [[]] : [],
): Counter {
  const series = seriesOf(labels, () => ({ count: 0 }));
  for (const values of known) series.of(values);
  return {
    add(...values) {
      series.of(values).count++;
    },
    text: () =>
      head(name, 'counter', help) +
      series.all.map(({ key, made: { count } }) => sample(name, key, count)).join(''),
  };
}

/** A histogram with buckets up to each of `bounds`, in seconds and rising. */
export function histogram(
  name: string,
  help: string,
  bounds: readonly number[],
  labels: readonly string[] = [],
): Histogram {
  const series = seriesOf(labels, () => ({ buckets: bounds.map(() => 0), count: 0, sum: 0 }));
  return {
    observe(seconds, ...values) {
      const one = series.of(values);
      const at = bounds.findIndex((bound) => seconds <= bound);
      if (at >= 0) one.buckets[at] = (one.buckets[at] ?? 0) + 1;
      one.count++;
      // A clock may have been set back meanwhile, and a sum that falls reads as a restart.
      one.sum += Math.max(0, seconds);
    },
    text() {
      let text = head(name, 'histogram', help);
      for (const { key, made } of series.all) {
        const { buckets, count, sum } = made;
        const before = key === '' ? '' : `${key},`;
        let below = 0;
        for (const [index, bound] of bounds.entries())
          text += sample(`${name}_bucket`, `${before}le="${bound}"`, (below += buckets[index] ?? 0));
        text += sample(`${name}_bucket`, `${before}le="+Inf"`, count);
        text += sample(`${name}_sum`, key, sum) + sample(`${name}_count`, key, count);
      }
      return text;
    },
  };
}

/** A counter that somebody else keeps. */
export function total(name: string, help: string, value: number): Metric {
  return { text: () => head(name, 'counter', help) + sample(name, '', value) };
}

/** A gauge as it is right now. */
export function gauge(
  name: string,
  help: string,
  samples: readonly Sample[],
  labels: readonly string[] = [],
): Metric {
  return {
    text: () =>
      head(name, 'gauge', help) +
      samples.map(({ values = [], value }) => sample(name, labelsOf(labels, values), value)).join(''),
  };
}
