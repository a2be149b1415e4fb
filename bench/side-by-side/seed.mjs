// Makes Users and Items through a server's own API, as fast as one Node process can: 64 kept-alive
// connections, one request at a time on each.

import net from 'node:net';
import { clientId, secret } from './servers.mjs';

const seedConnections = 64;
export const itemsPerUser = 5;

// One HTTP/1.1 connection that knows just enough: POST, a reply with Content-Length.
class Connection {
  #socket;
  #received = Buffer.alloc(0);
  #pending;

  constructor(base) {
    const { hostname, port } = new URL(base);
    this.#socket = net.connect({ host: hostname, port: Number(port), noDelay: true });
    this.#socket.on('data', (chunk) => this.#take(chunk));
    this.#socket.on('error', (error) => this.#pending?.reject(error));
    this.#socket.on('close', () => this.#pending?.reject(new Error('connection closed')));
  }

  post(path, body) {
    const payload = JSON.stringify(body);
    this.#socket.write(
      `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n` +
        `PLAID-CLIENT-ID: ${clientId}\r\nPLAID-SECRET: ${secret}\r\n` +
        `Content-Length: ${Buffer.byteLength(payload)}\r\n\r\n${payload}`,
    );
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
    });
  }

  close() {
    this.#pending = undefined;
    this.#socket.destroy();
  }

  #take(chunk) {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const headEnd = this.#received.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const head = this.#received.toString('latin1', 0, headEnd);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head);
    if (!length) return this.#fail(`a reply without Content-Length: ${head}`);
    const end = headEnd + 4 + Number(length[1]);
    if (this.#received.length < end) return;
    const text = this.#received.toString('utf8', headEnd + 4, end);
    this.#received = this.#received.subarray(end);
    const { resolve } = this.#pending;
    if (!/^HTTP\/1\.1 20[01] /.test(head)) return this.#fail(`${head.split('\r\n')[0]}: ${text}`);
    resolve(JSON.parse(text));
  }

  #fail(message) {
    this.#pending.reject(new Error(message));
  }
}

let clientUserIds = 0;

async function seedUser(connection) {
  clientUserIds += 1;
  const { user_id } = await connection.post('/user/create', {
    client_user_id: `bench-${process.pid}-${clientUserIds}`,
  });
  const item_ids = [];
  const access_tokens = [];
  for (let i = 0; i < itemsPerUser; i += 1) {
    const { public_token } = await connection.post('/sandbox/public_token/create', {
      institution_id: 'ins_109508',
      initial_products: ['auth', 'transactions'],
      user_id,
    });
    const exchanged = await connection.post('/item/public_token/exchange', { public_token });
    item_ids.push(exchanged.item_id);
    access_tokens.push(exchanged.access_token);
  }
  return { user_id, item_ids, access_tokens };
}

// `count` Users with five Items each: [{user_id, item_ids, access_tokens}].
export async function seedUsers(server, count, onProgress = () => {}) {
  const users = [];
  let begun = 0;
  const worker = async () => {
    const connection = new Connection(server.base);
    while (begun < count) {
      begun += 1;
      users.push(await seedUser(connection));
      if (users.length % 1000 === 0) onProgress(users.length);
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: Math.min(seedConnections, count) }, worker));
  return users;
}
