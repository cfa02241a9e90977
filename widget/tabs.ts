/**
 * Which tab a key leads to, as ARIA's pattern for tabs has it; the arrows follow the direction of the text.
 * NaN for every other key.
 */
export function tabAfter(key: string, tab: number, count: number, isRtl: boolean): number {
  const step = isRtl ? -1 : 1;
  return ({ ArrowRight: tab + step, ArrowLeft: tab - step }[key]! + count) % count;
}
