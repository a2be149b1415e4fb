// Repeatable choices: the same seed makes the same ones.

export class Random {
  #state;

  constructor(seed) {
    this.#state = seed >>> 0;
  }

  // mulberry32: 32 bits of state, good enough to choose what to do next.
  #next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  // A whole number from 0 up to, and without, `limit`.
  below(limit) {
    return this.#next() % limit;
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  shuffled(list) {
    const result = [...list];
    for (let i = result.length - 1; i > 0; i -= 1) {
      const j = this.below(i + 1);
      [result[i], result[j]] = [result[j], result[i]];
    }
    return result;
  }

  // Another source, for someone whose number of choices depends on timing.
  fork() {
    return new Random(this.#next());
  }
}
