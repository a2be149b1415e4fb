// What a rule of the egress policy opens, in words. The server has checked its form.
export function meaningOf(rule: string) {
  const [, bracketed, bare = '', port] =
    /^(?:\[(.+)\]|([^:]+|.*:.*:.*?))(?::(\d+))?$/.exec(rule) ?? [];
  const host = bracketed ?? (bare || rule);
  const kind = host.includes('/')
    ? `every address in ${host}`
    : /^[\d.]+$|:/.test(host)
      ? `the address ${host}`
      : `the host named ${host}, whatever its address`;
  return port ? `${kind}, port ${port}` : `${kind}, every port`;
}
