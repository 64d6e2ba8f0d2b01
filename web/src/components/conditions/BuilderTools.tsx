import { ActionIcon, Button, Group, Modal, Stack, Table, Text, Tooltip } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import {
  IconArrowBackUp,
  IconArrowForwardUp,
  IconBraces,
  IconKeyboard,
  IconTemplate,
} from "@tabler/icons-react";
import type { ReactNode } from "react";
import { commonWords } from "@/lib/common-words";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { useBuilder } from "./builder-context";
import { ConditionJson } from "./ConditionJson";
import { type Condition, LEAVES_MAX } from "./condition";
import { countLeaves } from "./condition-rules";
import { conditionWords } from "./condition-words";
import classes from "./conditions.module.css";
import { TemplatePicker } from "./TemplatePicker";

interface BuilderToolsProps {
  condition: Condition;
  undo: (() => void) | undefined;
  redo: (() => void) | undefined;
}

/** What concerns the whole condition. */
export function BuilderTools({ condition, undo, redo }: BuilderToolsProps): ReactNode {
  const words = useWords(conditionWords);
  const common = useWords(commonWords);
  const format = useFormat();
  const { change } = useBuilder();
  const [templates, templatesIs] = useDisclosure();
  const [json, jsonIs] = useDisclosure();
  const [keys, keysIs] = useDisclosure();
  const leaves = countLeaves(condition.where);
  const take = (next: Condition, close: () => void) => {
    change(next);
    close();
  };
  return (
    <Group justify="space-between" gap="xs" className={classes.toolbar}>
      <Group gap={4}>
        <Tool label={words.builder.undo} icon={IconArrowBackUp} onClick={undo} />
        <Tool label={words.builder.redo} icon={IconArrowForwardUp} onClick={redo} />
        <Button
          size="compact-sm"
          variant="subtle"
          color="gray"
          leftSection={<IconTemplate size={15} aria-hidden />}
          onClick={templatesIs.open}
        >
          {words.builder.template}
        </Button>
        <Tool label={words.builder.json} icon={IconBraces} onClick={jsonIs.open} />
        <Tool label={words.builder.keys} icon={IconKeyboard} onClick={keysIs.open} desk />
      </Group>
      {leaves > 0 && (
        <Text size="xs" c={leaves > LEAVES_MAX ? "red" : "dimmed"}>
          {leaves > LEAVES_MAX
            ? words.builder.tooMany(format.number(LEAVES_MAX))
            : words.builder.leaves(format.number(leaves), format.number(LEAVES_MAX))}
        </Text>
      )}
      <Modal
        opened={templates}
        onClose={templatesIs.close}
        title={words.templates.title}
        size="lg"
        closeButtonProps={{ "aria-label": common.close }}
      >
        <TemplatePicker
          replaces={leaves > 0}
          onUse={(next) => take(next.condition, templatesIs.close)}
        />
      </Modal>
      <Modal
        opened={json}
        onClose={jsonIs.close}
        title={words.json.title}
        size="lg"
        closeButtonProps={{ "aria-label": common.close }}
      >
        <ConditionJson condition={condition} onTake={(next) => take(next, jsonIs.close)} />
      </Modal>
      <Modal
        opened={keys}
        onClose={keysIs.close}
        title={words.keys.title}
        closeButtonProps={{ "aria-label": common.close }}
      >
        <KeyTable />
      </Modal>
    </Group>
  );
}

function Tool({
  label,
  icon: Icon,
  onClick,
  desk,
}: {
  label: string;
  icon: typeof IconBraces;
  onClick: (() => void) | undefined;
  desk?: boolean;
}): ReactNode {
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={label}
        aria-disabled={!onClick}
        data-disabled={!onClick || undefined}
        visibleFrom={desk ? "sm" : undefined}
        onClick={() => onClick?.()}
      >
        <Icon size={17} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
}

function KeyTable(): ReactNode {
  const words = useWords(conditionWords).keys;
  const rows: [string, string][] = [
    ["Ctrl ⏎", words.add],
    ["Alt Delete", words.remove],
    ["Alt ↑ ↓", words.move],
    ["Alt → ←", words.nest],
    ["Alt N", words.negate],
    ["Ctrl Z, Ctrl ⇧ Z", words.undo],
    ["Ctrl C, Ctrl V", words.copy],
  ];
  return (
    <Stack gap="xs">
      <Table withRowBorders={false}>
        <Table.Tbody>
          {rows.map(([key, meaning]) => (
            <Table.Tr key={key}>
              <Table.Td>
                <kbd className={classes.key}>{key}</kbd>
              </Table.Td>
              <Table.Td>{meaning}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Stack>
  );
}
