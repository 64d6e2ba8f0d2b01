import { Button, Checkbox, Popover, Select, Stack } from "@mantine/core";
import { IconAdjustmentsHorizontal } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Question } from "@/lib/api";
import { useWorkspaceMaybe } from "@/lib/session";
import { useWords } from "@/lib/words";
import { explorerWords } from "./explorer-words";
import { useQuestionFault } from "./form-places";
import { isLeaveOutDefault, LEAVE_OUT_DEFAULT } from "./question";

const SHARES = [1, 0.5, 0.2, 0.1, 0.05, 0.01];
const WEEKDAYS = ["monday", "sunday", "saturday"] as const;

interface CountedFieldProps {
  question: Question;
  onChange: (change: Partial<Question>) => void;
}

/** What is counted at all, and by which calendar: rarely changed, so it waits behind a button that says if it was. */
export function CountedField({ question, onChange }: CountedFieldProps): ReactNode {
  const words = useWords(explorerWords);
  const workspace = useWorkspaceMaybe();
  const { leave_out: leaveOut = LEAVE_OUT_DEFAULT, sample = 1 } = question;
  const changed =
    !isLeaveOutDefault(leaveOut) ||
    sample < 1 ||
    question.zone != null ||
    question.week_start != null;
  const known = Intl.supportedValuesOf("timeZone");
  // One that is wrong, from an address, is shown as what is to be mended.
  const zones = question.zone && !known.includes(question.zone) ? [question.zone, ...known] : known;
  const zoneFault = useQuestionFault("zone");
  return (
    <Popover position="bottom-end" width={320} trapFocus>
      <Popover.Target>
        <Button
          variant={changed ? "light" : "default"}
          color={zoneFault ? "red" : undefined}
          size="sm"
          leftSection={<IconAdjustmentsHorizontal size={16} aria-hidden />}
        >
          {changed ? words.countedChanged : words.counted}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="sm">
          {(["bots", "tests", "late"] as const).map((what) => (
            <Checkbox
              key={what}
              size="sm"
              label={words[what]}
              checked={leaveOut[what] ?? LEAVE_OUT_DEFAULT[what]}
              onChange={(event) =>
                onChange({ leave_out: { ...leaveOut, [what]: event.currentTarget.checked } })
              }
            />
          ))}
          <Select
            size="sm"
            label={words.sample}
            description={words.sampleHint}
            data={SHARES.map((share) => ({
              value: String(share),
              label: share === 1 ? words.sampleAll : `${share * 100}%`,
            }))}
            value={String(sample)}
            onChange={(share) => share && onChange({ sample: Number(share) })}
            comboboxProps={{ withinPortal: false }}
            allowDeselect={false}
          />
          <Select
            size="sm"
            label={words.zone}
            placeholder={words.zoneDefault(workspace?.time_zone ?? "")}
            data={zones}
            value={question.zone ?? null}
            error={zoneFault}
            onChange={(zone) => onChange({ zone: zone ?? undefined } as Partial<Question>)}
            comboboxProps={{ withinPortal: false }}
            searchable
            clearable
            limit={60}
          />
          <Select
            size="sm"
            label={words.week}
            placeholder={words.weekDefault}
            data={WEEKDAYS.map((day) => ({ value: day, label: words.weekdays[day] }))}
            value={question.week_start ?? null}
            onChange={(day) =>
              onChange({ week_start: (day ?? undefined) as Question["week_start"] })
            }
            comboboxProps={{ withinPortal: false }}
            clearable
          />
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
