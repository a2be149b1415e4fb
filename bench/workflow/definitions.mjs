// The same small workflow for each system: get an order, decide by its total, approve it; and the
// workflow that only waits.

const hour = 3600;

export const approvalDefinition = (targetPort) => ({
  name: 'Approve an order',
  startTask: 'Get order',
  tasks: {
    'Get order': {
      type: 'Http',
      httpRequest: { method: 'GET', url: `http://127.0.0.1:${targetPort}/order` },
      nextTask: 'Large?',
    },
    'Large?': {
      type: 'Decision',
      choices: [{ condition: '$.body.total > 100', nextTask: 'Approve' }],
      defaultTask: 'Nothing to approve',
    },
    Approve: {
      type: 'Http',
      inputParameters: { id: "${['Get order'].output.body.id}" },
      httpRequest: {
        method: 'POST',
        url: `http://127.0.0.1:${targetPort}/approve`,
        headers: { 'Content-Type': 'application/json' },
        body: { id: '${id}' },
      },
      end: true,
    },
    'Nothing to approve': { type: 'Terminate', terminationStatus: 'Completed' },
  },
});

export const waitingDefinition = {
  name: 'Wait long',
  startTask: 'Wait',
  tasks: { Wait: { type: 'Wait', seconds: 30 * 24 * hour, end: true } },
};

// Node-RED's flow: http in, http request, switch, http request, http response. A switch passes the
// message on where its rule holds and drops it where not.
export const nodeRedFlow = (targetPort) => {
  const node = (id, type, rest, next) => ({ id, type, z: 'flow', wires: [[next].flat()], ...rest });
  const request = (id, method, path, next) =>
    node(id, 'http request', {
      method,
      ret: 'obj',
      paytoqs: 'ignore',
      url: `http://127.0.0.1:${targetPort}${path}`,
      persist: true,
      headers: [],
      senderr: false,
    }, next);
  const largeOrder = {
    property: 'payload.total',
    propertyType: 'msg',
    rules: [{ t: 'gt', v: '100', vt: 'num' }],
    checkall: 'true',
    repair: false,
    outputs: 1,
  };
  return [
    { id: 'flow', type: 'tab', label: 'Approve an order', disabled: false },
    node('start', 'http in', { url: '/run', method: 'post', upload: false }, 'get'),
    request('get', 'GET', '/order', 'large'),
    node('large', 'switch', largeOrder, 'approve'),
    request('approve', 'POST', '/approve', 'reply'),
    { id: 'reply', type: 'http response', z: 'flow', statusCode: '', headers: {}, wires: [] },
  ];
};
