// What runs inside the engine around an expression. Loaded once, before the image is taken; every
// evaluation begins from that image, so that what an expression does to these globals dies with it.
//
// run() answers with one string: a letter and what belongs to it (read by quickjs.cpp).
//   v, t    JSON text; the value counts as false (v) or true (t)
//   u, f    no value; it counts as false (u) or true (f: a function, for example)
//   s, r, m a syntax error, a runtime error, no memory: "position\ncode\nmessage"
(function (loadJsonata) {
  'use strict';
  const { parse, stringify } = JSON;
  const { imul } = Math;
  const evaluateGlobally = eval;
  const InternalErrorClass = InternalError;
  const ErrorClass = Error;

  const MESSAGE_MAX = 1000;
  // Deeper than any sensible expression goes, and well within the engine's stack.
  const JSONATA_DEPTH_MAX = 500;

  const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  // As Node's Buffer does it, which jsonata uses where there is no browser: one byte a character on
  // the way in; on the way out both alphabets, and what is in neither is passed over.
  const btoa = (text) => {
    let out = '';
    for (let i = 0; i < text.length; i += 3) {
      const bits =
        ((text.charCodeAt(i) & 255) << 16) |
        ((text.charCodeAt(i + 1) & 255) << 8) |
        (text.charCodeAt(i + 2) & 255);
      out += ALPHABET[bits >> 18] + ALPHABET[(bits >> 12) & 63];
      out += i + 1 < text.length ? ALPHABET[(bits >> 6) & 63] : '=';
      out += i + 2 < text.length ? ALPHABET[bits & 63] : '=';
    }
    return out;
  };
  const atob = (text) => {
    let out = '';
    let bits = 0;
    let count = 0;
    for (const character of text) {
      if (character === '=') {
        break;
      }
      const digit = ALPHABET.indexOf(character === '-' ? '+' : character === '_' ? '/' : character);
      if (digit >= 0) {
        bits = ((bits << 6) | digit) & 0xffff;
        count += 6;
        if (count >= 8) {
          count -= 8;
          out += String.fromCharCode((bits >> count) & 255);
        }
      }
    }
    return out;
  };

  const module = { exports: {} };
  const jsonata = loadJsonata(module, module.exports, { btoa, atob });

  // The image holds the engine's own generator, which would give every evaluation the same numbers:
  // sfc32 takes its place and is seeded by each.
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 1;
  const next = () => {
    const sum = (a + b + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum | 0;
    return sum >>> 0;
  };
  const seed = (high, low) => {
    a = low | 0;
    b = high | 0;
    c = imul(low ^ high, 0x9e3779b1);
    d = 1;
    for (let i = 0; i < 12; i++) {
      next();
    }
  };
  Math.random = function random() {
    return ((next() >>> 5) * 67108864 + (next() >>> 6)) / 9007199254740992;
  };

  // UTF-16 units to characters.
  const characters = (text, units) => {
    let count = 0;
    for (const character of text) {
      units -= character.length;
      if (units < 0) {
        break;
      }
      count++;
    }
    return count;
  };

  const failure = (kind, error, expression, withName) => {
    let position = '';
    let code = '';
    let message = 'the expression threw something that cannot be shown';
    try {
      if (error instanceof InternalErrorClass && error.message === 'out of memory') {
        return 'm\n\n';
      }
      if (typeof error === 'object' && error !== null) {
        code = typeof error.code === 'string' && /^[A-Z]\d{4}$/.test(error.code) ? error.code : '';
        if (typeof error.position === 'number' && error.position >= 0) {
          position = String(characters(expression, error.position));
        }
        const isError = error instanceof ErrorClass;
        const text = typeof error.message === 'string' ? error.message : code;
        message = isError && withName ? error.name + ': ' + text : text;
        if (message === '') {
          message = isError ? String(error.name) : stringify(error);
        }
      } else {
        message = String(error);
      }
    } catch {
      // The thrown value's own code threw: the words above stay.
    }
    return kind + position + '\n' + code + '\n' + String(message).slice(0, MESSAGE_MAX);
  };

  const answer = (result, text) => {
    const truthy = !!result;
    return text === undefined ? (truthy ? 'f' : 'u') : (truthy ? 't' : 'v') + text;
  };

  const isFunction = (value) =>
    typeof value === 'function' ||
    (typeof value === 'object' &&
      value !== null &&
      (value._jsonata_function === true || value._jsonata_lambda === true));
  const withoutFunctions = (key, value) => (isFunction(value) ? undefined : value);

  const ROOT_NAMES_MAX = 1000;

  // The names that an expression reads at the root of its data, each with the name that it reads in
  // what it finds there ('' when none, or none that is sure). A name is read from the context, and
  // that is the root until a step of a path, a filter, an order or a group changes it: behind these
  // only `$$` leads to the root for sure.
  const rootNames = (tree) => {
    const found = new Map();
    let sure = true; // `$$` is the root
    const rebinds = (name) => {
      sure = sure && name !== '$';
    };
    const note = (step, next) => {
      const inside = next?.type === 'name' && step.focus === undefined ? next.value : '';
      if (found.size < ROOT_NAMES_MAX) {
        found.set(stringify([step.value, inside]), [step.value, inside]);
      }
    };
    const visitAll = (nodes, atRoot) => nodes.forEach((node) => visit(node, atRoot));
    const visitPairs = (pairs, atRoot) => pairs.forEach((pair) => visitAll(pair, atRoot));

    // What stands behind a node and is read from what the node gives.
    const visitBehind = (node) => {
      rebinds(node.focus);
      rebinds(node.index);
      for (const stage of [...(node.predicate ?? []), ...(node.stages ?? [])]) {
        stage.type === 'filter' ? visit(stage.expr, false) : rebinds(stage.value);
      }
      if (node.group !== undefined) {
        visitPairs(node.group.lhs, false);
      }
    };

    const visitPath = ({ steps }, atRoot) => {
      steps.forEach((step, i) => {
        if (step.type === 'name') {
          if (atRoot) {
            note(step, steps[i + 1]);
          }
          visitBehind(step);
        } else {
          visit(step, atRoot);
        }
        const isPlain =
          step.type === 'variable' &&
          [step.predicate, step.stages, step.focus, step.index, step.group].every(
            (more) => more === undefined
          );
        atRoot = isPlain && (step.value === '$' || (step.value === '' && atRoot));
      });
    };

    const visit = (node, atRoot) => {
      switch (node.type) {
        case 'path':
          visitPath(node, atRoot);
          break;
        case 'binary':
        case 'apply':
          visitAll([node.lhs, node.rhs], atRoot);
          break;
        case 'bind':
          rebinds(node.lhs.value);
          visit(node.rhs, atRoot);
          break;
        case 'unary':
          if (node.value === '[') {
            visitAll(node.expressions, atRoot);
          } else if (node.value === '{') {
            visitPairs(node.lhs, atRoot);
          } else {
            visit(node.expression, atRoot);
          }
          break;
        case 'function':
        case 'partial':
          visitAll(node.arguments, atRoot);
          // A bare name there fails for another reason: it is no function.
          if (node.procedure.type !== 'path') {
            visit(node.procedure, atRoot);
          }
          break;
        case 'lambda':
          // Its body is evaluated in the context in which it was written.
          node.arguments.forEach((argument) => rebinds(argument.value));
          visit(node.body, atRoot);
          break;
        case 'condition':
          visitAll([node.condition, node.then, ...(node.else ? [node.else] : [])], atRoot);
          break;
        case 'block':
          visitAll(node.expressions, atRoot);
          break;
        case 'transform':
          visitAll([node.pattern, node.update, ...(node.delete ? [node.delete] : [])], false);
          break;
        case 'sort':
          node.terms.forEach((term) => visit(term.expression, false));
          break;
      }
      visitBehind(node);
    };
    visit(tree, true);
    return sure ? [...found.values()] : [];
  };

  const namesOf = (tree) => {
    try {
      return 'v' + stringify(rootNames(tree));
    } catch {
      return 'u'; // too deep for this: nothing is sure
    }
  };

  const runJsonata = (evaluate, expression, data, bindings) => {
    let compiled;
    try {
      compiled = jsonata(expression, { stack: JSONATA_DEPTH_MAX });
    } catch (error) {
      return failure(/^S/.test(error.code) ? 's' : 'r', error, expression, true);
    }
    if (!evaluate) {
      return namesOf(compiled.ast());
    }
    try {
      const input = data === '' ? undefined : parse(data);
      const result = compiled.evaluate(input, parse(bindings));
      return answer(result, stringify(result, withoutFunctions));
    } catch (error) {
      return failure('r', error, expression, true);
    }
  };

  const RESERVED = new Set(
    ('arguments await break case catch class const continue debugger default delete do else enum ' +
      'eval export extends false finally for function if implements import in instanceof ' +
      'interface let new null package private protected public return static super switch this ' +
      'throw true try typeof var void while with yield $').split(' ')
  );
  const isName = (name) => /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) && !RESERVED.has(name);

  // The expression stands once in parentheses and once in brackets: what closes one of them to
  // leave the function can't close the other, so nothing but an expression is accepted.
  const compileJavascript = (expression, names) =>
    evaluateGlobally(
      '[function(' + ['$', ...names].join() + '){"use strict";return(\n' + expression +
        '\n)},function($){"use strict";return[\n' + expression + '\n]}][0]'
    );

  const lineOf = (error) => {
    const place = /:(\d+):\d+\)?\s*$/.exec(String(error.stack).split('\n')[0]);
    return place === null ? -1 : Number(place[1]) - 2;
  };
  const syntaxErrorLine = (expression) => {
    try {
      compileJavascript(expression, []);
    } catch (error) {
      return lineOf(error);
    }
    return -1;
  };

  const TOKEN =
    /\s+|\/\/[^\n]*|\/\*[^]*?\*\/|"(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*'|`(?:[^`\\]|\\[^])*`|[\p{ID_Continue}$.]+|[-+*/%&|^<>=!?]+|[^]/gu;

  // The engine reports the line of a syntax error rightly and its column not. A line break put
  // before a token moves the report when the error is at that token or behind it: the last token
  // that moves it is where the error is.
  const locate = (error, expression) => {
    const line = lineOf(error);
    if (line < 0) {
      return;
    }
    if (line >= expression.split('\n').length) {
      error.position = expression.length;
      return;
    }
    const starts = [];
    for (const token of expression.matchAll(TOKEN)) {
      if (!/^(\s|\/\/|\/\*)/.test(token[0])) {
        starts.push(token.index);
      }
    }
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      const broken = expression.slice(0, starts[middle]) + '\n' + expression.slice(starts[middle]);
      if (syntaxErrorLine(broken) === line + 1) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    error.position = starts.length > 0 ? starts[low] : 0;
  };

  const runJavascript = (evaluate, expression, data, bindings) => {
    const values = parse(bindings);
    const names = Object.keys(values).filter(isName);
    let compiled;
    try {
      compiled = compileJavascript(expression, names);
    } catch (error) {
      locate(error, expression);
      return failure(error instanceof SyntaxError ? 's' : 'r', error, expression, false);
    }
    if (!evaluate) {
      return 'u';
    }
    try {
      const input = data === '' ? undefined : parse(data);
      const result = compiled(input, ...names.map((name) => values[name]));
      return answer(result, stringify(result));
    } catch (error) {
      return failure('r', error, expression, true);
    }
  };

  return (javascript, evaluate, expression, data, bindings, seedHigh, seedLow) => {
    seed(seedHigh, seedLow);
    return (javascript ? runJavascript : runJsonata)(evaluate, expression, data, bindings);
  };
})
