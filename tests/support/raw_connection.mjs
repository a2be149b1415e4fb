// A TCP connection that speaks HTTP/1.1 only as far as a test tells it to: for requests that no
// HTTP client would send, and for looking at replies byte by byte.

import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const replyTimeoutMs = 10_000;

// The end of a chunked body that begins at `start`, and what it holds; undefined when incomplete.
function readChunked(buffer, start) {
  const parts = [];
  let at = start;
  for (;;) {
    const lineEnd = buffer.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(buffer.toString('latin1', at, lineEnd), 16);
    const next = lineEnd + 2 + size + 2;
    if (buffer.length < next) return undefined;
    if (size === 0) return { body: Buffer.concat(parts), end: next };
    parts.push(buffer.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = next;
  }
}

// The first whole reply in `buffer`: {reply, end}; undefined when there is none yet. `atEnd`: the
// other side has closed, which ends a body without a length.
function readReply(buffer, atEnd) {
  const headEnd = buffer.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const [statusLine, ...lines] = buffer.toString('latin1', 0, headEnd).split('\r\n');
  const matched = /^HTTP\/1\.1 (\d{3}) /.exec(statusLine);
  if (!matched) throw new Error(`not an HTTP/1.1 reply: ${statusLine}`);
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const status = Number(matched[1]);
  const bodyStart = headEnd + 4;
  let body = Buffer.alloc(0);
  let end = bodyStart;
  if (status >= 200) {
    if (headers['transfer-encoding'] === 'chunked') {
      const read = readChunked(buffer, bodyStart);
      if (!read) return undefined;
      ({ body, end } = read);
    } else if (headers['content-length'] !== undefined) {
      end = bodyStart + Number(headers['content-length']);
      if (buffer.length < end) return undefined;
      body = buffer.subarray(bodyStart, end);
    } else {
      if (!atEnd) return undefined;
      body = buffer.subarray(bodyStart);
      end = buffer.length;
    }
  }
  const reply = {
    status,
    headers,
    raw: Buffer.from(body),
    get text() {
      return this.raw.toString('utf8');
    },
    get body() {
      return JSON.parse(this.text);
    },
  };
  return { reply, end };
}

export class RawConnection {
  #socket;
  #received = Buffer.alloc(0);
  #ended = false;
  #error;
  #wake = () => {};

  static async open(base) {
    const { hostname, port } = new URL(base);
    // Half-open: the test decides when its own side ends.
    const socket = net.connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    socket.setNoDelay(true);
    await new Promise((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new RawConnection(socket);
  }

  constructor(socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
    socket.on('end', () => {
      this.#ended = true;
      this.#wake();
    });
    socket.on('error', (error) => {
      this.#error = error;
      this.#ended = true;
      this.#wake();
    });
  }

  // One write, so one segment when it is small.
  send(bytes) {
    this.#socket.write(bytes);
  }

  // FIN: nothing more comes from this side.
  endSending() {
    this.#socket.end();
  }

  destroy() {
    this.#socket.destroy();
  }

  // Leaves what comes to the kernel, until its buffers are full and the other side must wait.
  pauseReading() {
    this.#socket.pause();
  }

  resumeReading() {
    this.#socket.resume();
  }

  get isOpen() {
    return !this.#ended;
  }

  get unreadBytes() {
    return this.#received.length;
  }

  // The next reply, interim ones (1xx) too.
  async reply(timeoutMs = replyTimeoutMs) {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const read = readReply(this.#received, this.#ended);
      if (read) {
        this.#received = this.#received.subarray(read.end);
        return read.reply;
      }
      if (this.#ended) {
        const left = this.#received.toString('latin1', 0, 200);
        throw new Error(`closed before a whole reply; received: '${left}'`, { cause: this.#error });
      }
      await this.#something(deadline, 'no reply');
    }
  }

  // Waits for the other side to close; how is left to it (FIN or RST).
  async closed(timeoutMs = replyTimeoutMs) {
    const deadline = performance.now() + timeoutMs;
    while (!this.#ended) await this.#something(deadline, 'still open');
  }

  async #something(deadline, otherwise) {
    const left = deadline - performance.now();
    if (left <= 0) throw new Error(`${otherwise} after the time was up`);
    const stopTimer = new AbortController();
    await Promise.race([
      new Promise((resolve) => (this.#wake = resolve)),
      delay(left, undefined, { signal: stopTimer.signal }).catch(() => {}),
    ]);
    stopTimer.abort();
  }
}
