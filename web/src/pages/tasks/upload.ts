// Uploads a file and tells how far it is; fetch can't.
import { csrfHeader, problemOf } from '../../api/client';

export function upload(url: string, file: File, onProgress: (share: number) => void) {
  const sending = new XMLHttpRequest();
  const done = new Promise<void>((resolve, reject) => {
    sending.upload.addEventListener('progress', ({ loaded, total }) =>
      onProgress(total > 0 ? loaded / total : 0),
    );
    sending.addEventListener('load', () => {
      if (sending.status < 300) {
        resolve();
        return;
      }
      let body: unknown;
      try {
        body = JSON.parse(sending.responseText);
      } catch {
        body = undefined;
      }
      reject(problemOf(sending.status, body));
    });
    sending.addEventListener('error', () =>
      reject(
        problemOf(0, { message: `“${file.name}” could not be sent. Is Tartan still running?` }),
      ),
    );
    sending.addEventListener('abort', () => resolve());
  });
  sending.open('POST', `${url}?fileName=${encodeURIComponent(file.name)}`);
  sending.setRequestHeader(...csrfHeader());
  sending.setRequestHeader('Content-Type', file.type || 'application/octet-stream');
  sending.send(file);
  return { done, abort: () => sending.abort() };
}
