// Proves what a person or a supervisor relies on around the server: configuration, health, metrics,
// one server to a data directory, an orderly end, and data that is there again after it.

import assert from 'node:assert/strict';
import {
  existsSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ItemsApi, assertPlaidError, itemNotFound } from '../support/items_api.mjs';
import { RawConnection } from '../support/raw_connection.mjs';
import {
  get,
  post,
  runTartan,
  startServer,
  temporaryDirectory,
  until,
} from '../support/server.mjs';

const clientId = '5f2a9c1e4b7d3806a1c2e3f4';
const secretSandbox = 'sandboxSecretOfTheTests0123456';
const secretProduction = 'productionSecretOfTheTests0123';
const givenKeys = {
  TARTAN_CLIENT_ID: clientId,
  TARTAN_SECRET_SANDBOX: secretSandbox,
  TARTAN_SECRET_PRODUCTION: secretProduction,
};
const drainMsMax = 10_000;

function configFile(text) {
  const file = path.join(temporaryDirectory('config'), 'tartan.toml');
  writeFileSync(file, text);
  return file;
}

describe('the configuration', () => {
  test('is printed as it takes effect, with secrets masked', async () => {
    const { code, output } = await runTartan(
      ['serve', '--print-config', '--sandbox-listen', '127.0.0.1:45671'],
      { env: givenKeys },
    );
    assert.equal(code, 0, output);
    assert.match(output, /127\.0\.0\.1:45671/);
    assert.ok(output.includes(clientId), 'the client id is no secret');
    for (const secret of [secretSandbox, secretProduction]) assert.ok(!output.includes(secret));
  });

  test('takes flags over variables over the file', async () => {
    const file = configFile(
      [
        'sandbox_listen = "127.0.0.1:45601"',
        'production_listen = "127.0.0.1:45602"',
        'workbench_listen = "127.0.0.1:45603"',
      ].join('\n'),
    );
    const { code, output } = await runTartan(
      ['serve', '--print-config', '--config', file, '--sandbox-listen', '127.0.0.1:45621'],
      {
        env: {
          TARTAN_SANDBOX_LISTEN: '127.0.0.1:45611',
          TARTAN_PRODUCTION_LISTEN: '127.0.0.1:45612',
        },
      },
    );
    assert.equal(code, 0, output);
    const ports = [...output.matchAll(/127\.0\.0\.1:(456\d\d)/g)].map(([, port]) => port);
    assert.deepEqual(ports.sort(), ['45603', '45612', '45621']);
  });

  test('with an unknown key, a wrong value or broken TOML is an error that names it', async () => {
    const cases = [
      ['no_such_key = 1', /no_such_key/],
      ['sandbox_listen = "nowhere"', /sandbox_listen/],
      ['sandbox_listen = ', /tartan\.toml/],
      ['[sandbox]\nlisten = "127.0.0.1:1"', /sandbox/],
    ];
    for (const [text, named] of cases) {
      const { code, output } = await runTartan(['serve', '--config', configFile(text)]);
      assert.ok(code > 0, `${text}: ended with ${code}`);
      assert.match(output, named);
    }
  });

  test('with an unknown flag, or a file that is not there, is an error', async () => {
    for (const args of [['--no-such-flag'], ['--config', '/no/such/tartan.toml']]) {
      const { code, output } = await runTartan(['serve', ...args]);
      assert.ok(code > 0, `${args}: ended with ${code}`);
      assert.ok(output.includes(args.at(-1)), output);
    }
  });

  test('with a client id of the wrong length is an error', async () => {
    const { code, output } = await runTartan(
      ['serve', '--data', temporaryDirectory('data'), '--sandbox-listen', '127.0.0.1:0'],
      { env: { ...givenKeys, TARTAN_CLIENT_ID: 'short' } },
    );
    assert.ok(code > 0, `ended with ${code}`);
    assert.match(output, /client_id/i);
  });

  test('can give the first client its keys beforehand', async () => {
    const server = await startServer({ env: givenKeys });
    assert.equal(server.clientId, clientId);
    const api = new ItemsApi(server.sandbox, clientId, secretSandbox);
    await api.createUser('known-keys');
    const production = new ItemsApi(server.production, clientId, secretProduction);
    await production.createUser('known-keys');
    assert.equal(await server.stop(), 0);
  });
});

describe('the workbench listener', () => {
  let server;
  let api;

  before(async () => {
    server = await startServer();
    api = ItemsApi.sandboxOf(server);
  });

  after(() => server?.stop());

  test('says that the server lives and is ready', async () => {
    for (const probe of ['/healthz', '/readyz']) {
      assert.equal((await get(server.workbench, probe)).status, 200, probe);
    }
  });

  // {line without its value: value} of all samples.
  async function samples() {
    const { status, text, headers } = await get(server.workbench, '/metrics');
    assert.equal(status, 200);
    assert.match(headers['content-type'], /^text\/plain/);
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return new Map(
      lines.map((line) => {
        const matched = /^([a-zA-Z_:][\w:]*(?:\{.*\})?) (\S+)(?: \d+)?$/.exec(line);
        assert.ok(matched, `not a Prometheus sample: ${line}`);
        return [matched[1], Number(matched[2].replace('+Inf', 'Infinity'))];
      }),
    );
  }

  test('counts requests by operation and outcome', async () => {
    const earlier = await samples();
    const calls = 7;
    const user = { user_id: (await api.createUser('metrics')).user_id };
    for (let i = 0; i < calls; i += 1) {
      await api.succeed('/user/get', user);
      await api.call('/user/get', { user_id: 'usr_nobody' });
    }
    const grown = await until('two counters have grown by the calls made', async () => {
      const now = await samples();
      const names = [...now].filter(
        ([name, value]) => /user_?\/?get/i.test(name) && value - (earlier.get(name) ?? 0) === calls,
      );
      return names.length >= 2 && names.map(([name]) => name);
    });
    assert.ok(
      grown.every((name) => name.includes('{')),
      `told apart by labels: ${grown}`,
    );
  });

  test('measures latency, commits and connections', async () => {
    const names = [...(await samples()).keys()].join('\n');
    for (const kind of [/_bucket\{.*le="/, /commit/i, /connections/i, /queue/i]) {
      assert.match(names, kind);
    }
  });

  test('lists every official path and whether it is served', async () => {
    const headers = { Authorization: `Bearer ${server.pat}` };
    const replies = await Promise.all(
      [server.sandbox, server.workbench].map((base) => get(base, '/tartan/coverage', { headers })),
    );
    const reply = replies.find(({ status }) => status === 200);
    assert.ok(reply, replies.map(({ status, text }) => `${status} ${text}`).join('; '));
    assert.ok(reply.text.includes('/user/items/remove'));
    assert.ok(reply.text.includes('/transactions/sync'));
  });
});

describe('a data directory', () => {
  test('has one server: a second is refused and told which process has it', async () => {
    const first = await startServer();
    const { code, output } = await runTartan([
      ...['serve', '--data', first.dataDir],
      ...['--sandbox-listen', '127.0.0.1:0', '--production-listen', '127.0.0.1:0'],
      ...['--workbench-listen', '127.0.0.1:0'],
    ]);
    assert.ok(code > 0, `ended with ${code}`);
    assert.match(output, new RegExp(`\\b${first.pid}\\b`));
    await ItemsApi.sandboxOf(first).createUser('after-the-second');
    assert.equal(await first.stop(), 0);
  });

  test('is free again after the server, also when that was killed', async () => {
    const first = await startServer();
    await first.kill();
    const second = await startServer({ dataDir: first.dataDir });
    assert.equal(await second.stop(), 0);
  });

  test('keeps Users, Items, tokens, tombstones and clients over a restart', async () => {
    const first = await startServer();
    const api = ItemsApi.sandboxOf(first);
    const user = { user_id: (await api.createUser('restart')).user_id };
    const [kept, removed] = [await api.createItem(user), await api.createItem(user)];
    await api.succeed('/user/items/remove', { ...user, item_ids: [removed.item_id] });
    const other = await first.cli('client', 'create', '--name', 'other');
    assert.equal(await first.stop(), 0);

    const second = await startServer({ dataDir: first.dataDir });
    const again = ItemsApi.sandboxOf(second);
    assert.deepEqual(await again.itemIdsOf(user), [kept.item_id]);
    const { item } = await again.succeed('/item/get', { access_token: kept.access_token });
    assert.equal(item.item_id, kept.item_id);
    assertPlaidError(
      await again.call('/item/get', { access_token: removed.access_token }),
      itemNotFound,
    );
    const made = new ItemsApi(second.sandbox, other.client_id, other.secrets.sandbox);
    await made.createUser('of-the-other-client');
    assert.equal(await second.stop(), 0);
  });

  test('that is ephemeral is gone after the server', async () => {
    const server = await startServer({ args: ['--ephemeral'] });
    await ItemsApi.sandboxOf(server).createUser('ephemeral');
    const openFiles = filesOpenIn(server.pid);
    assert.ok(openFiles.length > 0, 'the server has database files open');
    assert.equal(await server.stop(), 0);
    assert.deepEqual(openFiles.filter(existsSync), []);
  });

  function filesOpenIn(pid) {
    const links = readdirSync(`/proc/${pid}/fd`).map((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`);
      } catch {
        return ''; // closed meanwhile
      }
    });
    return links.filter((link) => existsSync(link) && statSync(link).isFile());
  }
});

describe('SIGTERM', () => {
  const createRequest = (clientUserId, keys) => {
    const body = JSON.stringify({ client_user_id: clientUserId });
    const headLines = [
      'POST /user/create HTTP/1.1',
      'Host: localhost',
      'Content-Type: application/json',
      `PLAID-CLIENT-ID: ${keys.clientId}`,
      `PLAID-SECRET: ${keys.secret}`,
      `Content-Length: ${body.length}`,
      'Expect: 100-continue',
    ];
    return { head: `${headLines.join('\r\n')}\r\n\r\n`, body };
  };

  test('answers a request that has begun, takes no new ones, ends with 0', async () => {
    const server = await startServer();
    const api = ItemsApi.sandboxOf(server);
    const request = createRequest('in-flight', api.keys);
    const connection = await RawConnection.open(server.sandbox);
    connection.send(request.head);
    assert.equal((await connection.reply()).status, 100, 'the server has begun to read it');
    connection.send(request.body.slice(0, 5));

    const startedAt = performance.now();
    server.terminate();
    await until('no new connection is taken', async () => {
      try {
        const late = await RawConnection.open(server.sandbox);
        late.destroy();
        return false;
      } catch {
        return true;
      }
    });
    connection.send(request.body.slice(5));
    const reply = await connection.reply();
    assert.equal(reply.status, 201, reply.text);
    await connection.closed();
    assert.equal(await server.exited, 0, server.log());
    assert.ok(performance.now() - startedAt < drainMsMax);

    const again = await startServer({ dataDir: server.dataDir });
    const kept = await ItemsApi.sandboxOf(again).call('/user/create', {
      client_user_id: 'in-flight',
    });
    assert.equal(kept.status, 200, 'the User is there already');
    assert.equal(kept.body.user_id, reply.body.user_id);
    assert.equal(await again.stop(), 0);
  });

  test('is not held up by idle connections or by a request that never ends', async () => {
    const server = await startServer();
    const api = ItemsApi.sandboxOf(server);
    const idle = await RawConnection.open(server.sandbox);
    const stuck = await RawConnection.open(server.sandbox);
    stuck.send(createRequest('stuck', api.keys).head);
    assert.equal((await stuck.reply()).status, 100);
    const startedAt = performance.now();
    assert.equal(await server.stop(), 0, server.log());
    assert.ok(performance.now() - startedAt < drainMsMax);
    idle.destroy();
    stuck.destroy();
  });

  test('under load breaks no reply, and keeps every write that was answered', async () => {
    const server = await startServer();
    const api = ItemsApi.sandboxOf(server);
    const acknowledged = [];
    const broken = [];
    let sent = 0;
    const caller = async () => {
      for (;;) {
        const clientUserId = `load-${(sent += 1)}`;
        try {
          const reply = await post(
            server.sandbox,
            '/user/create',
            { client_user_id: clientUserId },
            api.keys,
          );
          if (reply.status === 201) acknowledged.push([clientUserId, reply.body.user_id]);
          else broken.push(`${reply.status}: ${reply.text}`);
        } catch (error) {
          // Refused, or closed before any of the reply: the client knows that nothing was said.
          if (/JSON|aborted|parse/i.test(error.message)) broken.push(error.message);
          return;
        }
      }
    };
    const callers = Array.from({ length: 32 }, caller);
    await until('the load is under way', () => acknowledged.length > 200);
    server.terminate();
    assert.equal(await server.exited, 0, server.log());
    await Promise.all(callers);
    assert.deepEqual(broken, []);

    const again = await startServer({ dataDir: server.dataDir });
    const restarted = ItemsApi.sandboxOf(again);
    for (const [clientUserId, userId] of acknowledged) {
      const reply = await restarted.call('/user/create', { client_user_id: clientUserId });
      assert.equal(reply.status, 200, `${clientUserId} was answered before the end`);
      assert.equal(reply.body.user_id, userId);
    }
    assert.equal(await again.stop(), 0);
  });
});

describe('a server that has nothing to do', () => {
  // How often its threads have gone to sleep, which is once for each time they woke up.
  const sleeps = (pid) => {
    const tasks = `/proc/${pid}/task`;
    return readdirSync(tasks)
      .map((task) => readFileSync(path.join(tasks, task, 'status'), 'utf8'))
      .reduce((sum, text) => sum + Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(text)[1]), 0);
  };

  test('does not wake up', async () => {
    const server = await startServer();
    try {
      // The first second is the start's: checkpoints, the log's last lines.
      let quiet;
      await until(
        'a second in which its threads sleep on',
        async () => {
          const before = sleeps(server.pid);
          await new Promise((resolve) => setTimeout(resolve, 1000));
          quiet = sleeps(server.pid) - before;
          return quiet <= 1;
        },
        { timeoutMs: 8000 },
      );
    } finally {
      assert.equal(await server.stop(), 0);
    }
  });
});
