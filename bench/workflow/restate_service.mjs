// The workflow as a Restate service: each call and the decision's outcome journalled by Restate,
// calls over kept-alive connections.
//
//   node restate_service.mjs PORT TARGET_PORT

import http from 'node:http';
import * as restate from '@restatedev/restate-sdk';

const [port, targetPort] = process.argv.slice(2).map(Number);
const agent = new http.Agent({ keepAlive: true, maxSockets: 256 });

function call(method, path, body) {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers =
    text === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': text.length };
  return new Promise((resolve, reject) => {
    const request = http.request(
      { host: '127.0.0.1', port: targetPort, method, path, headers, agent },
      (response) => {
        let received = '';
        response.on('data', (chunk) => (received += chunk));
        response.once('error', reject);
        response.once('end', () =>
          response.statusCode === 200
            ? resolve(JSON.parse(received))
            : reject(new Error(`${path} answered ${response.statusCode}`)),
        );
      },
    );
    request.once('error', reject);
    request.end(text);
  });
}

const approval = restate.service({
  name: 'approval',
  handlers: {
    run: async (ctx) => {
      const order = await ctx.run('Get order', () => call('GET', '/order'));
      if (!(order.total > 100)) return { approved: false };
      return ctx.run('Approve', () => call('POST', '/approve', { id: order.id }));
    },
  },
});

const quiet = () => {};
restate.serve({ services: [approval], port, logger: quiet });
