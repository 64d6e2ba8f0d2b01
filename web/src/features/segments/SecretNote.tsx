import { Alert, Button, Group, Stack } from "@mantine/core";
import { IconKey } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { CopyField } from "@/components/CopyField";
import { useWords } from "@/lib/words";
import { destinationWords } from "./destination-words";

/** A signing secret, shown this once. */
export function SecretNote({ secret, onDone }: { secret: string; onDone: () => void }): ReactNode {
  const words = useWords(destinationWords).secret;
  return (
    <Stack>
      <Alert color="yellow" icon={<IconKey size={18} />} title={words.title}>
        {words.hint}
      </Alert>
      <CopyField label={words.label} value={secret} />
      <Group justify="flex-end">
        <Button onClick={onDone}>{words.done}</Button>
      </Group>
    </Stack>
  );
}
