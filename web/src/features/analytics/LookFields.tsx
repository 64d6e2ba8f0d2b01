import {
  ActionIcon,
  Button,
  Group,
  NumberInput,
  Popover,
  Select,
  Stack,
  TextInput,
  Tooltip,
} from "@mantine/core";
import { IconPalette, IconPlus, IconX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { SERIES_CHARTS } from "@/components/answer/look";
import type { AnswerLook } from "@/lib/api";
import { useWords } from "@/lib/words";
import { explorerWords } from "./explorer-words";

interface LookFieldsProps {
  look: AnswerLook;
  onChange: (look: AnswerLook) => void;
}

const TARGETS_MAX = 10;

/** How series are drawn, and the lines that are to be reached. */
export function LookFields({ look, onChange }: LookFieldsProps): ReactNode {
  const words = useWords(explorerWords);
  const targets = look.targets ?? [];
  return (
    <Popover position="bottom-end" width={320} trapFocus>
      <Popover.Target>
        <Tooltip label={words.chart}>
          <ActionIcon variant="subtle" color="gray" aria-label={words.chart}>
            <IconPalette size={17} />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="sm">
          <Select
            size="sm"
            label={words.chart}
            data={SERIES_CHARTS.map((chart) => ({ value: chart, label: words.charts[chart] }))}
            value={look.chart ?? "line"}
            onChange={(chart) => onChange({ ...look, chart })}
            comboboxProps={{ withinPortal: false }}
            allowDeselect={false}
          />
          {targets.map((target, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: targets have no identity but their place
            <Group key={at} gap={6} wrap="nowrap" align="flex-end">
              <NumberInput
                size="sm"
                label={words.target}
                value={target.value}
                thousandSeparator=","
                hideControls
                onChange={(value) =>
                  value !== "" &&
                  onChange({
                    ...look,
                    targets: targets.with(at, { ...target, value: Number(value) }),
                  })
                }
              />
              <TextInput
                size="sm"
                label={words.targetTitle}
                value={target.title ?? ""}
                maxLength={100}
                onChange={(event) =>
                  onChange({
                    ...look,
                    targets: targets.with(at, { ...target, title: event.currentTarget.value }),
                  })
                }
              />
              <ActionIcon
                variant="subtle"
                color="gray"
                mb={4}
                aria-label={words.removeTarget}
                onClick={() => onChange({ ...look, targets: targets.toSpliced(at, 1) })}
              >
                <IconX size={15} />
              </ActionIcon>
            </Group>
          ))}
          {targets.length < TARGETS_MAX && (
            <Button
              size="compact-sm"
              variant="subtle"
              style={{ alignSelf: "flex-start" }}
              leftSection={<IconPlus size={14} aria-hidden />}
              onClick={() => onChange({ ...look, targets: [...targets, { value: 0 }] })}
            >
              {words.addTarget}
            </Button>
          )}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
