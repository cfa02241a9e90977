/**
 * Those who are in hand just now, in the order in which they came, as an array. A `Set` or a `Map` that
 * many enter and leave is copied again and again, and the garbage collector follows each copy to the
 * next: once one of them has grown old, whoever entered since is kept, and moved about, long after he left.
 */

/** Takes `one` out of `line`, if it is there still. */
export function leave<One>(line: One[], one: One): void {
  const place = line.indexOf(one);
  if (place >= 0) line.splice(place, 1);
}
