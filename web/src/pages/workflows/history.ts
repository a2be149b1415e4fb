// The states that an edited definition went through. Graph, forms and JSON text change one and the
// same value; a text that can't be read yet is a state, too, so that no edit loses it.
import { printJson, shared } from '../../parts/json';
import type { Definition } from './definition';
import { readDefinition } from './document';

export interface State {
  definition: Definition;
  // The JSON as it was typed; what is printed when it was not typed.
  typed?: string;
  // Why what was typed is no definition yet: `definition` is the last that was one.
  wrong?: string;
}

export interface Steps {
  past: State[];
  now: State;
  future: State[];
  // What belongs to one step: edits of the same thing that follow fast.
  key: string;
  at: number;
}

const oneStepMs = 800;
const stepsMax = 200;

export const begin = (definition: Definition): Steps => ({
  past: [],
  now: { definition },
  future: [],
  key: '',
  at: 0,
});

function push(steps: Steps, now: State, key: string, at: number): Steps {
  const isSameStep =
    key !== '' && key === steps.key && at - steps.at < oneStepMs && steps.past.length > 0;
  const past = isSameStep ? steps.past : [...steps.past, steps.now].slice(-stepsMax);
  return { past, now, future: [], key, at };
}

// An edit of graph or form. `key` names what is edited when it is typed letter by letter.
export function edit(steps: Steps, definition: Definition, key: string, at: number): Steps {
  return definition === steps.now.definition ? steps : push(steps, { definition }, key, at);
}

export function type(steps: Steps, text: string, at: number): Steps {
  const read = readDefinition(text);
  const now: State =
    'definition' in read
      ? // Tasks that were not touched stay the same objects, and need not be drawn again.
        { definition: shared(steps.now.definition, read.definition) as Definition, typed: text }
      : { definition: steps.now.definition, typed: text, wrong: read.wrong };
  return push(steps, now, 'text', at);
}

// A state of before, as a step that can be undone.
export const restore = (steps: Steps, now: State): Steps => push(steps, now, '', 0);

export function undo(steps: Steps): Steps {
  const now = steps.past.at(-1);
  return now === undefined
    ? steps
    : { past: steps.past.slice(0, -1), now, future: [steps.now, ...steps.future], key: '', at: 0 };
}

export function redo(steps: Steps): Steps {
  const [now, ...future] = steps.future;
  return now === undefined
    ? steps
    : { past: [...steps.past, steps.now], now, future, key: '', at: 0 };
}

export const textOf = (state: State) => state.typed ?? printJson(state.definition);
