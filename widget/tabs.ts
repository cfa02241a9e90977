/** Which tab a key leads to, as ARIA's pattern for tabs has it; the arrows follow the direction of the text. */
export function tabAfter(key: string, tab: number, count: number, isRtl: boolean): number | undefined {
  const step = isRtl ? -1 : 1;
  const to = { ArrowRight: tab + step, ArrowLeft: tab - step }[key];
  return to === undefined ? to : (to + count) % count;
}
