// Proves that outbound HTTPS works with certificate authorities of one's own (--egress-ca-file),
// over HTTP/2 where the other side speaks it; that a certificate which nobody known has signed,
// which is for another host or which has expired is refused in words that say so, with nothing
// sent; and that a file which holds no certificates stops the start.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import http2 from 'node:http2';
import https from 'node:https';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { runTartan, startServer, temporaryDirectory } from '../support/server.mjs';
import { Workbench, httpTask } from '../support/workbench.mjs';

const folder = temporaryDirectory('tls');
const at = (name) => path.join(folder, name);
const openssl = (...args) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

function makeAuthority(name) {
  openssl(
    ...['req', '-x509', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.pem`],
    ...['-subj', `/CN=Tartan test ${name}`, '-days', '2'],
  );
}

// Key and certificate of a server, as node takes them.
function makeCertificate(name, { authority = 'own-ca', names, days = 2 }) {
  openssl(
    ...['req', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`],
  );
  writeFileSync(at(`${name}.ext`), `subjectAltName=${names}\n`);
  openssl(
    ...['x509', '-req', '-in', `${name}.csr`, '-CA', `${authority}.pem`],
    ...['-CAkey', `${authority}.key`, '-CAcreateserial', '-days', String(days)],
    ...['-extfile', `${name}.ext`, '-out', `${name}.pem`],
  );
  return { key: readFileSync(at(`${name}.key`)), cert: readFileSync(at(`${name}.pem`)) };
}

// `make` gives a server of node's; each answers with the protocol it was asked in.
async function listen(make, certificate) {
  const received = [];
  const server = make(certificate, (request, response) => {
    received.push(request.url);
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ protocol: request.httpVersion }));
  });
  server.on('error', () => {});
  server.on('tlsClientError', () => {});
  server.on('sessionError', () => {});
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  const stop = () => {
    server.closeAllConnections?.();
    server.close();
  };
  return { received, url: `https://127.0.0.1:${port}`, host: `127.0.0.1:${port}`, stop };
}
const overHttp2 = (certificate, handler) => http2.createSecureServer(certificate, handler);

describe('outbound HTTPS', () => {
  const targets = {};
  let server;
  let workbench;

  before(async () => {
    makeAuthority('own-ca');
    makeAuthority('other-ca');
    const good = makeCertificate('good', { names: 'IP:127.0.0.1' });
    const strangers = { names: 'IP:127.0.0.1', authority: 'other-ca' };
    targets.http1 = await listen(https.createServer, good);
    targets.http2 = await listen(overHttp2, good);
    targets.unknown = await listen(https.createServer, makeCertificate('unknown', strangers));
    targets.wrongName = await listen(
      https.createServer,
      makeCertificate('elsewhere', { names: 'DNS:elsewhere.example' }),
    );
    targets.expired = await listen(
      https.createServer,
      makeCertificate('expired', { names: 'IP:127.0.0.1', days: -1 }),
    );
    server = await startServer({
      args: [
        '--ephemeral',
        ...['--egress-ca-file', at('own-ca.pem')],
        ...Object.values(targets).flatMap(({ host }) => ['--egress-allow', host]),
      ],
    });
    workbench = new Workbench(server);
  });

  after(async () => {
    await server?.stop();
    for (const target of Object.values(targets)) target.stop();
  });

  const tryUrl = (url) => workbench.post('/api/http-task/test', { task: httpTask({ url }) });

  for (const [name, protocol] of [
    ['http1', '1.1'],
    ['http2', '2.0'],
  ]) {
    test(`reaches a host with a certificate of that authority, over HTTP ${protocol}`, async () => {
      const { response, error } = await tryUrl(`${targets[name].url}/hello`);
      assert.equal(error, null);
      assert.equal(response.status, 200);
      assert.deepEqual(response.body, { protocol });
      assert.ok(response.timings.tls > 0);
      assert.deepEqual(targets[name].received, ['/hello']);
    });
  }

  test('a whole workflow does, too', async () => {
    const id = await workbench.define({ Call: httpTask({ url: `${targets.http2.url}/run` }) });
    const run = await workbench.run(id);
    assert.equal(run.status, 'Completed');
    assert.deepEqual(run.output.body, { protocol: '2.0' });
  });

  for (const [name, message, hint] of [
    ['unknown', /unable to get local issuer certificate|self-signed/, /--egress-ca-file/],
    ['wrongName', /no alternative certificate subject name matches/, /for another host/],
    ['expired', /certificate has expired/, /valid now/],
  ]) {
    test(`refuses a certificate: ${name}`, async () => {
      const { response, error } = await tryUrl(`${targets[name].url}/secret`);
      assert.equal(response, null);
      assert.equal(error.code, 'tlsFailed');
      assert.ok(error.message.includes(`No secure connection to ${targets[name].url}`));
      assert.match(error.message, message);
      assert.match(error.hint, hint);
      assert.deepEqual(targets[name].received, []);
    });
  }

  test('trusts the system alone without the setting', async () => {
    const plain = await startServer({
      args: ['--ephemeral', '--egress-allow', targets.http1.host],
    });
    try {
      const reply = await new Workbench(plain).post('/api/http-task/test', {
        task: httpTask({ url: `${targets.http1.url}/other` }),
      });
      assert.equal(reply.error.code, 'tlsFailed');
      assert.match(reply.error.hint, /--egress-ca-file/);
    } finally {
      await plain.stop();
    }
  });

  test('shows the setting, and takes it from the file and the environment as well', async () => {
    const file = at('tartan.toml');
    writeFileSync(file, `[egress]\nca_file = "${at('own-ca.pem')}"\n`);
    const expected = `egress_ca_file = "${at('own-ca.pem')}"`;
    const fromFile = await runTartan(['serve', '--print-config', '--config', file]);
    assert.ok(fromFile.stdout.includes(expected), fromFile.output);
    const env = { TARTAN_EGRESS_CA_FILE: at('own-ca.pem') };
    const fromVariable = await runTartan(['serve', '--print-config'], { env });
    assert.ok(fromVariable.stdout.includes(expected), fromVariable.output);
  });

  test('does not start with a file that holds no certificates', async () => {
    for (const [name, said] of [
      ['missing.pem', /can't be read/],
      ['good.csr', /of its 1 blocks only 0/],
      ['own-ca.key', /of its 1 blocks only 0/],
    ]) {
      const args = ['serve', '--ephemeral', '--egress-ca-file', at(name)];
      const { code, output } = await runTartan(args);
      assert.notEqual(code, 0);
      assert.match(output, said);
      assert.ok(output.includes(at(name)), output);
    }
  });
});
