import { Alert, Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { commonWords } from "@/lib/common-words";
import { useWords } from "@/lib/words";
import { useErrorText } from "./ErrorState";

interface ConfirmProps {
  opened: boolean;
  onClose: () => void;
  title: string;
  /** What will happen, in numbers where there are any. */
  effect: ReactNode;
  action: string;
  /** For what cannot be undone: the name that has to be typed. */
  typed?: string;
  dangerous?: boolean;
  onConfirm: () => Promise<unknown>;
}

export function Confirm(props: ConfirmProps): ReactNode {
  const words = useWords(commonWords);
  return (
    <Modal
      opened={props.opened}
      onClose={props.onClose}
      title={props.title}
      closeButtonProps={{ "aria-label": words.close }}
    >
      {props.opened && <ConfirmBody {...props} />}
    </Modal>
  );
}

function ConfirmBody({
  onClose,
  effect,
  action,
  typed,
  dangerous = true,
  onConfirm,
}: ConfirmProps): ReactNode {
  const words = useWords(commonWords);
  const errorText = useErrorText();
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  const confirm = async () => {
    setBusy(true);
    setError(null);
    try {
      await onConfirm();
      onClose();
    } catch (problem) {
      setError(problem as Error);
      setBusy(false);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        // React hands the event on to a form around the one who asks, though the page has it elsewhere.
        event.stopPropagation();
        void confirm();
      }}
    >
      <Stack>
        <div>{effect}</div>
        {typed !== undefined && (
          <TextInput
            label={words.confirmTyped(typed)}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            data-autofocus
            autoComplete="off"
          />
        )}
        {error && <Alert color="red">{errorText(error)}</Alert>}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {words.cancel}
          </Button>
          <Button
            type="submit"
            color={dangerous ? "red" : undefined}
            loading={busy}
            disabled={typed !== undefined && text.trim() !== typed}
          >
            {action}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
