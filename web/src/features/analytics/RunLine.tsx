import { ActionIcon, Button, Group, Loader, Text, Tooltip } from "@mantine/core";
import { IconPlayerStop, IconRefresh } from "@tabler/icons-react";
import { type ReactNode, useEffect, useState } from "react";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import classes from "./explorer.module.css";
import { explorerWords } from "./explorer-words";
import type { Asked } from "./use-answer";

/** How long it is computed already and a way to stop it; afterwards a way to have it anew. */
export function RunLine({ asked }: { asked: Asked }): ReactNode {
  const words = useWords(explorerWords);
  const format = useFormat();
  const seconds = useElapsed(asked.running);
  return (
    <Group gap="xs" mih={30} role="status" className={classes.run}>
      {asked.running ? (
        <>
          <Loader size={14} aria-hidden />
          <Text size="sm" c="dimmed">
            {words.running}
            {seconds > 0 && ` · ${words.seconds(format.number(seconds))}`}
          </Text>
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconPlayerStop size={14} aria-hidden />}
            onClick={asked.cancel}
          >
            {words.cancel}
          </Button>
        </>
      ) : (
        <Tooltip label={words.refresh}>
          <ActionIcon
            variant="default"
            size={36}
            aria-label={words.refresh}
            onClick={() => void asked.refresh()}
          >
            <IconRefresh size={16} />
          </ActionIcon>
        </Tooltip>
      )}
    </Group>
  );
}

/** Whole seconds since something began. */
function useElapsed(running: boolean): number {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    setSeconds(0);
    if (!running) return;
    const started = performance.now();
    const timer = setInterval(
      () => setSeconds(Math.floor((performance.now() - started) / 1_000)),
      1_000,
    );
    return () => clearInterval(timer);
  }, [running]);
  return seconds;
}
