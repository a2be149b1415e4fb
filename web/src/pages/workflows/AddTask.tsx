// The menu of task types.
import { DropdownMenu } from 'radix-ui';
import { useRef } from 'react';

const types = [
  { type: 'Http', does: 'sends a request to an API' },
  { type: 'Decision', does: 'goes on where a condition says' },
  { type: 'Parallel', does: 'runs branches at the same time' },
  { type: 'Wait', does: 'goes on later' },
  { type: 'Simple', does: 'waits for a person or a program' },
  { type: 'Terminate', does: 'ends the workflow' },
];

export function AddTask({ onAdd }: { onAdd: (type: string) => void }) {
  const isChosen = useRef(false);
  return (
    <DropdownMenu.Root
      modal={false}
      onOpenChange={(isOpen) => isOpen && (isChosen.current = false)}
    >
      <DropdownMenu.Trigger className="button">Add task ▾</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          className="menu"
          align="start"
          sideOffset={4}
          // What was added takes the focus; else the button has it again.
          onCloseAutoFocus={(event) => isChosen.current && event.preventDefault()}
        >
          {types.map(({ type, does }) => (
            <DropdownMenu.Item
              key={type}
              textValue={type}
              onSelect={() => {
                isChosen.current = true;
                onAdd(type);
              }}
            >
              <strong>{type}</strong> <span className="soft">{does}</span>
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
