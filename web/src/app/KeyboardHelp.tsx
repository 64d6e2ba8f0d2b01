import { Group, Kbd, Modal, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useMe } from "@/lib/session";
import { useWords } from "@/lib/words";
import { appWords } from "./app-words";
import { openDoors } from "./navigation";
import { isApple } from "./Shell";

export function KeyboardHelp({ onClose }: { onClose: () => void }): ReactNode {
  const words = useWords(appWords);
  const { permissions } = useMe();
  const mod = isApple() ? "⌘" : "Ctrl";
  const pages = openDoors(permissions)
    .flatMap((group) => group.items)
    .filter((item) => item.shortcut);
  return (
    <Modal
      opened
      onClose={onClose}
      title={words.help.title}
      closeButtonProps={{ "aria-label": words.help.closeHelp }}
    >
      <Stack gap="xs">
        <Line keys={[mod, "K"]} text={words.help.palette} />
        <Line keys={["?"]} text={words.help.help} />
        <Line keys={["↑", "↓"]} text={words.help.rows} />
        <Line keys={["Enter"]} text={words.help.openRow} />
        <Line keys={["Esc"]} text={words.help.close} />
        <Line keys={[mod, "Enter"]} text={words.help.run} />
        {pages.map((item) => (
          <Line
            key={item.key}
            keys={["g", item.shortcut ?? ""]}
            text={words.help.go(words.nav[item.key])}
          />
        ))}
      </Stack>
    </Modal>
  );
}

function Line({ keys, text }: { keys: string[]; text: string }): ReactNode {
  return (
    <Group justify="space-between">
      <Text size="sm">{text}</Text>
      <Group gap={4}>
        {keys.map((key) => (
          <Kbd key={key}>{key}</Kbd>
        ))}
      </Group>
    </Group>
  );
}
