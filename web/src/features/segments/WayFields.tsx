import { Radio, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { conditionWords } from "@/components/conditions/condition-words";
import { useWords } from "@/lib/words";
import { formWords } from "./form-words";
import classes from "./SegmentForm.module.css";
import type { Way } from "./segment-draft";
import { segmentWords } from "./segment-words";

interface WayFieldsProps {
  value: Way;
  onChange: (way: Way) => void;
  ways: Way[];
  /** Whether the condition can be followed by every event, and why not; undefined while it is not known. */
  live: { possible: boolean; reasons: string[] } | undefined;
}

/** How the segment is kept up to date: each way with what it means. */
export function WayFields({ value, onChange, ways, live }: WayFieldsProps): ReactNode {
  const words = useWords(segmentWords);
  const form = useWords(formWords);
  const reasons: Record<string, string> = useWords(conditionWords).reasons;
  // A condition that is not readable yet gives no reasons; it may still become one that lives.
  const barred = live !== undefined && !live.possible && live.reasons.length > 0;
  return (
    <Radio.Group label={form.kind} value={value} onChange={(next) => onChange(next as Way)}>
      <div className={classes.ways}>
        {ways.map((way) => (
          <div key={way} className={classes.way} data-checked={value === way || undefined}>
            <Radio
              value={way}
              label={words.kinds[way]}
              description={words.kindHints[way]}
              disabled={way === "live" && barred && value !== "live"}
            />
            {way === "live" && barred && (
              <Text size="xs" c={value === "live" ? "red" : "dimmed"} mt={4}>
                {form.notLive} {live.reasons.map((reason) => reasons[reason] ?? "").join(" ")}
              </Text>
            )}
          </div>
        ))}
      </div>
    </Radio.Group>
  );
}
