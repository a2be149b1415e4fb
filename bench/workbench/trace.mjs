// What the browser's own trace says of a page: every event, and the main thread's work by frame.

// Begins a trace of `categories`; what it returns ends it and answers its events in order of time.
export async function startTrace(page, categories) {
  const cdp = await page.context().newCDPSession(page);
  const events = [];
  cdp.on('Tracing.dataCollected', ({ value }) => events.push(...value));
  const complete = new Promise((resolve) => cdp.once('Tracing.tracingComplete', resolve));
  await cdp.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: categories },
  });
  return async () => {
    await cdp.send('Tracing.end');
    await complete;
    await cdp.detach();
    return events.sort((a, b) => a.ts - b.ts);
  };
}

// The main thread's work for each frame, in milliseconds of its processor time, while `act` runs:
// other programs on the machine do not count.
export async function framesWhile(page, act) {
  const end = await startTrace(page, [
    'toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline.frame',
  ]);
  await act();
  const events = await end();
  const main = events.find((one) => one.name === 'thread_name' && one.args.name === 'CrRendererMain');
  const own = events.filter((one) => one.pid === main.pid && one.tid === main.tid);
  const starts = own.filter((one) => one.name === 'BeginMainThreadFrame').map((one) => one.ts);
  const frames = starts.map(() => 0);
  let at = 0;
  for (const { name, ph, ts, dur, tdur } of own) {
    if (ph === 'X' && /RunTask$/.test(name)) {
      // A task belongs to the frame that it ends in.
      while (at < starts.length - 1 && starts[at] < ts) ++at;
      frames[at] += (tdur ?? dur) / 1000;
    }
  }
  return frames;
}
