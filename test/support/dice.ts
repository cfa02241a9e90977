/** Chance that a seed decides: the same seed throws the same dice. */
export type Dice = {
  /** 0 to 1, 1 excluded. */
  random: () => number;
  /** A whole number from `least` to `most`, both included. */
  between: (least: number, most: number) => number;
  chance: (probability: number) => boolean;
  pick: <T>(choices: readonly T[]) => T;
};

/** Dice of one seed, a whole number; small seeds that follow each other have nothing in common. */
export function dice(seed: number): Dice {
  let state = Math.imul(seed ^ 0x9e37_79b9, 0x85eb_ca6b);
  // mulberry32, in the public domain.
  const random = () => {
    state = (state + 0x6d2b_79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    random,
    between: (least, most) => least + Math.floor(random() * (most - least + 1)),
    chance: (probability) => random() < probability,
    pick: (choices) => choices[Math.floor(random() * choices.length)] as (typeof choices)[number],
  };
}
