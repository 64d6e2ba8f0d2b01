import {
  Button,
  Checkbox,
  Group,
  NumberInput,
  Popover,
  Select,
  Stack,
  TextInput,
} from "@mantine/core";
import { IconCalendar } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { useFormat } from "@/lib/format";
import { useWorkspaceMaybe } from "@/lib/session";
import { useWords } from "@/lib/words";
import { explorerWords } from "./explorer-words";
import { INTERVALS, type Range } from "./question";
import { keyOf, sayRange, USUAL } from "./range-rules";

interface RangeFieldProps {
  value: Range;
  onChange: (range: Range) => void;
}

const CUSTOM_KINDS = ["last", "dates", "until_last"] as const;

/** Which days a question is about: a usual period by one click, or another one. */
export function RangeField({ value, onChange }: RangeFieldProps): ReactNode {
  const words = useWords(explorerWords);
  const format = useFormat();
  const [opened, setOpened] = useState(false);
  const date = (day: string) => format.date(`${day}T12:00:00Z`);
  const said = sayRange(value, words, date);
  const current = keyOf(value);
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-start" width={320} trapFocus>
      <Popover.Target>
        <Button
          variant="default"
          size="sm"
          leftSection={<IconCalendar size={16} aria-hidden />}
          aria-label={`${words.range}: ${said}`}
          onClick={() => setOpened(!opened)}
        >
          {said}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="sm">
          <Group gap={6}>
            {Object.entries(USUAL).map(([key, range]) => (
              <Button
                key={key}
                size="compact-sm"
                variant={key === current ? "filled" : "light"}
                onClick={() => {
                  onChange(range);
                  setOpened(false);
                }}
              >
                {sayRange(range, words, date)}
              </Button>
            ))}
          </Group>
          <CustomRange value={value} onChange={onChange} />
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

function CustomRange({ value, onChange }: RangeFieldProps): ReactNode {
  const words = useWords(explorerWords);
  const zone = useWorkspaceMaybe()?.time_zone ?? "UTC";
  const today = new Intl.DateTimeFormat("sv-SE", { timeZone: zone }).format(new Date());
  const starts: Record<(typeof CUSTOM_KINDS)[number], Range> = {
    last: { kind: "last", n: 30, unit: "day" },
    dates: { kind: "dates", first: `${today.slice(0, 7)}-01`, last: today },
    until_last: { kind: "until_last", n: 12, unit: "month" },
  };
  return (
    <>
      <Select
        size="sm"
        label={words.custom}
        data={CUSTOM_KINDS.map((kind) => ({ value: kind, label: words.ranges[kind] }))}
        value={value.kind === "all" ? null : value.kind}
        onChange={(kind) => kind && onChange(starts[kind as keyof typeof starts])}
        comboboxProps={{ withinPortal: false }}
        allowDeselect={false}
      />
      {value.kind === "dates" && (
        <Group grow>
          <TextInput
            size="sm"
            type="date"
            label={words.first}
            value={value.first}
            max={value.last}
            onChange={(event) =>
              event.currentTarget.value && onChange({ ...value, first: event.currentTarget.value })
            }
          />
          <TextInput
            size="sm"
            type="date"
            label={words.last}
            value={value.last}
            min={value.first}
            onChange={(event) =>
              event.currentTarget.value && onChange({ ...value, last: event.currentTarget.value })
            }
          />
        </Group>
      )}
      {(value.kind === "last" || value.kind === "until_last") && (
        <Group grow>
          <NumberInput
            size="sm"
            label={words.number}
            min={1}
            max={1_000}
            allowDecimal={false}
            value={value.n ?? ""}
            onChange={(n) => n !== "" && onChange({ ...value, n: Number(n) })}
          />
          <Select
            size="sm"
            label={words.unit}
            data={INTERVALS.map((unit) => ({ value: unit, label: words.units[unit] }))}
            value={value.unit ?? "day"}
            onChange={(unit) =>
              unit && onChange({ ...value, unit: unit as (typeof INTERVALS)[number] })
            }
            comboboxProps={{ withinPortal: false }}
            allowDeselect={false}
          />
        </Group>
      )}
      {(value.kind === "last" || (value.kind === "until_last" && value.n != null)) && (
        <Checkbox
          size="sm"
          label={words.includeCurrent}
          checked={value.current ?? value.kind === "until_last"}
          onChange={(event) => onChange({ ...value, current: event.currentTarget.checked })}
        />
      )}
    </>
  );
}
