import { Button, Group, Stack, Text, Textarea } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { CopyIcon } from "@/components/CopyField";
import { useWords } from "@/lib/words";
import type { Condition } from "./condition";
import { readJson, writeJson } from "./condition-json";
import { conditionWords } from "./condition-words";

/** The condition as text: to copy, or to take another one's place. */
export function ConditionJson({
  condition,
  onTake,
}: {
  condition: Condition;
  onTake: (condition: Condition) => void;
}): ReactNode {
  const words = useWords(conditionWords).json;
  const [text, setText] = useState(() => writeJson(condition));
  const [fault, setFault] = useState<string>();
  const take = () => {
    const read = readJson(text);
    if ("condition" in read) return onTake(read.condition);
    setFault(read.fault === "json" ? words.notJson : words.notCondition(read.place ?? "$"));
  };
  return (
    <Stack gap="sm">
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm" c="dimmed">
          {words.hint}
        </Text>
        <CopyIcon value={text} />
      </Group>
      <Textarea
        aria-label={words.field}
        autosize
        minRows={10}
        maxRows={22}
        spellCheck={false}
        styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
        value={text}
        error={fault}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setFault(undefined);
        }}
      />
      <Group justify="flex-end">
        <Button onClick={take}>{words.apply}</Button>
      </Group>
    </Stack>
  );
}
