// The keys of the page, opened by `?`.
import { Dialog } from 'radix-ui';
import { useToldKeys, type PageKey } from './page';

const anywhere: PageKey[] = [
  { key: '/', does: 'Search the catalogue' },
  { key: '?', does: 'Show these keys' },
  { key: 'Esc', does: 'Close a dialog or a menu' },
];

function KeyTable({ title, keys }: { title: string; keys: PageKey[] }) {
  return (
    <table>
      <caption>{title}</caption>
      <tbody>
        {keys.map(({ key, does }) => (
          <tr key={`${key} ${does}`}>
            <th scope="row">
              <kbd>{key}</kbd>
            </th>
            <td>{does}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function Keys({ onClose }: { onClose: () => void }) {
  const ofPage = useToldKeys();
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="dialog-back" />
        <Dialog.Content className="dialog narrow keys" aria-describedby={undefined}>
          <Dialog.Title asChild>
            <h2>Keys</h2>
          </Dialog.Title>
          {ofPage.length > 0 ? <KeyTable title="On this page" keys={ofPage} /> : null}
          <KeyTable title="Anywhere" keys={anywhere} />
          <div className="row" style={{ justifyContent: 'end' }}>
            <Dialog.Close className="button">Close</Dialog.Close>
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
