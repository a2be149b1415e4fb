// Why a service refused, as it says itself: the code and the sentence in the body of its answer.
import { isObject, shownText, type Json } from '../../parts/json';
import type { Schemas } from '../../api/client';

type Transition = Schemas['Transition'];

export interface Refusal {
  code: string;
  message: string;
}

const textMax = 600;
const codes = ['error_code', 'code', 'errorCode'];
const messages = ['error_message', 'message', 'error_description', 'detail', 'title', 'error'];

function firstText(from: { [name: string]: Json }, names: string[]) {
  const found = names
    .map((name) => from[name])
    .find((one) => typeof one === 'string' && one !== '');
  return typeof found === 'string' ? found : '';
}

// Of a body whose shape is not known, all of it, cut.
export function refusalOf(body: Json | undefined): Refusal | undefined {
  if (body === undefined || body === null || body === '') {
    return undefined;
  }
  if (isObject(body)) {
    const inner = isObject(body.error) ? body.error : {};
    const refusal = {
      code: firstText(body, codes) || firstText(inner, codes),
      message: firstText(body, messages) || firstText(inner, messages),
    };
    if (refusal.code || refusal.message) {
      return { ...refusal, message: refusal.message.slice(0, textMax) };
    }
  }
  const text = shownText(body);
  return { code: '', message: text.length > textMax ? `${text.slice(0, textMax)}…` : text };
}

// What the last answer of a task said, when it was a refusal.
export function lastRefusal(steps: Transition[]): Refusal | undefined {
  const ended = steps.findLast((one) => one.type === 'AttemptEnded');
  const response = ended?.response as { status?: number; body?: Json } | undefined;
  return (response?.status ?? 0) >= 400 ? refusalOf(response?.body) : undefined;
}
