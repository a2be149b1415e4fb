// Somebody at the workbench whose steps are counted. How long a person takes for them is told by the
// keystroke-level model (Card, Moran and Newell 1980): a key, pointing, the hand's way between mouse
// and keys, and a moment of thought before each step; the program's own time is added as it was.

import assert from 'node:assert/strict';

const keySeconds = 0.2;
const pointSeconds = 1.1;
const pressSeconds = 0.1;
const homeSeconds = 0.4;
const thinkSeconds = 1.35;

export class Person {
  constructor(page) {
    this.page = page;
    this.steps = 0;
    this.ownSeconds = 0;
    this.hand = 'keys';
    this.began = Date.now();
  }

  get seconds() {
    return this.ownSeconds + (Date.now() - this.began) / 1000;
  }

  async click(target) {
    this.#step('mouse', pointSeconds + 2 * pressSeconds);
    await target.click();
  }

  // One of a menu that opens: two places to point at.
  async choose(target, option) {
    this.#step('mouse', 2 * (pointSeconds + 2 * pressSeconds));
    await target.click();
    await option.click();
  }

  // Into what has the focus, a key at a time.
  async type(text) {
    this.#step('keys', text.length * keySeconds);
    await this.page.keyboard.type(text);
  }

  // What nobody types: select what is there, and paste over it.
  async paste(text) {
    this.#step('keys', 4 * keySeconds);
    await this.page.keyboard.press('Control+A');
    await this.page.keyboard.insertText(text);
  }

  async press(...keys) {
    this.#step('keys', keys.length * keySeconds);
    for (const key of keys) await this.page.keyboard.press(key);
  }

  // Tab until `target` has the focus.
  async tabTo(target) {
    await target.waitFor();
    this.#step('keys', 0);
    for (let tabs = 0; tabs < 100; ++tabs) {
      if (await target.evaluate((element) => element === document.activeElement)) return;
      this.ownSeconds += keySeconds;
      await this.page.keyboard.press('Tab');
    }
    assert.fail(`Tab never came to ${target}`);
  }

  #step(hand, seconds) {
    this.steps += 1;
    this.ownSeconds += thinkSeconds + seconds + (hand === this.hand ? 0 : homeSeconds);
    this.hand = hand;
  }
}
