// What the document's content policy asks of style elements that scripts make.
import { setNonce } from 'get-nonce';

export const styleNonce =
  document.querySelector<HTMLMetaElement>('meta[name="style-nonce"]')?.content ?? '';
setNonce(styleNonce);
