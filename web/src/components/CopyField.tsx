import { ActionIcon, Code, CopyButton, Group, Text, Tooltip } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { commonWords } from "@/lib/common-words";
import { useWords } from "@/lib/words";
import classes from "./CopyField.module.css";

interface CopyFieldProps {
  label?: string;
  hint?: string;
  value: string;
}

/** A value to take elsewhere: a key, a link, a snippet. */
export function CopyField({ label, hint, value }: CopyFieldProps): ReactNode {
  const multiline = value.includes("\n");
  return (
    <div style={{ maxWidth: "100%" }}>
      {label && (
        <Text size="sm" fw={500} mb={hint ? 0 : 4}>
          {label}
        </Text>
      )}
      {hint && (
        <Text size="xs" c="dimmed" mb={4}>
          {hint}
        </Text>
      )}
      <Group wrap="nowrap" gap={0} align="flex-start" className={classes.field}>
        <Code block={multiline} className={classes.value} tabIndex={0} aria-label={label}>
          {value}
        </Code>
        <CopyIcon value={value} />
      </Group>
    </div>
  );
}

export function CopyIcon({ value }: { value: string }): ReactNode {
  const words = useWords(commonWords);
  return (
    <CopyButton value={value}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? words.copied : words.copy}>
          <ActionIcon
            variant="subtle"
            color={copied ? "green" : "gray"}
            onClick={copy}
            aria-label={copied ? words.copied : words.copy}
          >
            {copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  );
}
