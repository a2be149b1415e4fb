// Browsers lend the clipboard to pages of this machine or under TLS only; elsewhere a selection is
// copied. Answers whether it was.
export async function copy(text: string) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement('textarea');
    field.value = text;
    const place = document.activeElement?.closest('[role=dialog]') ?? document.body;
    place.append(field);
    field.select();
    const done = document.execCommand('copy');
    field.remove();
    return done;
  }
}
