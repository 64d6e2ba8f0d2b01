import { Button, Group, Modal, Text } from "@mantine/core";
import { useBlocker } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { commonWords } from "@/lib/common-words";
import { useWords } from "@/lib/words";

/** Asks before a changed form is left, within the app and when the tab closes. */
export function UnsavedGuard({ changed }: { changed: boolean }): ReactNode {
  const words = useWords(commonWords);
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => changed && current.pathname !== next.pathname,
    enableBeforeUnload: changed,
    withResolver: true,
  });
  return (
    <Modal
      opened={blocker.status === "blocked"}
      onClose={() => blocker.reset?.()}
      title={words.unsavedTitle}
      closeButtonProps={{ "aria-label": words.close }}
    >
      <Text size="sm" mb="md">
        {words.unsavedHint}
      </Text>
      <Group justify="flex-end">
        <Button variant="default" onClick={() => blocker.reset?.()} data-autofocus>
          {words.stay}
        </Button>
        <Button color="red" onClick={() => blocker.proceed?.()}>
          {words.leave}
        </Button>
      </Group>
    </Modal>
  );
}
