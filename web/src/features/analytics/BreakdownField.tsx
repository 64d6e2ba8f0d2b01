import { Autocomplete, Input, MultiSelect, NumberInput, Select, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { catalogueQuery } from "@/components/conditions/condition-queries";
import type { Breakdown, Question } from "@/lib/api";
import { useWords } from "@/lib/words";
import { explorerWords } from "./explorer-words";
import { useQuestionFault } from "./form-places";

interface BreakdownFieldProps {
  question: Question;
  onChange: (change: Pick<Question, "breakdown" | "breakdown_limit">) => void;
  /** Names of the events that the question is about: their properties are suggested. */
  events: (string | null)[];
}

const WAYS = ["property", "trait", "touchpoint", "segment"] as const;
const STARTS: Record<(typeof WAYS)[number], Breakdown> = {
  property: { by: "property", property: "" },
  trait: { by: "trait", trait: "" },
  touchpoint: { by: "touchpoint" },
  segment: { by: "segment", segments: [] },
};
const LIMIT_DEFAULT = 10;
const LIMIT_MAX = 50;
const SEGMENTS_MAX = 20;

/** By what the rows of an answer are told apart. */
export function BreakdownField({ question, onChange, events }: BreakdownFieldProps): ReactNode {
  const words = useWords(explorerWords);
  const { breakdown } = question;
  const fault = useQuestionFault("breakdown", "breakdown_limit");
  const set = (next: Breakdown | undefined) => onChange({ breakdown: next });
  return (
    <Stack gap="xs">
      <Select
        label={words.breakdown}
        data={[
          { value: "none", label: words.by.none },
          ...WAYS.map((value) => ({ value, label: words.by[value] })),
        ]}
        value={breakdown?.by ?? "none"}
        onChange={(by) => by && set(by === "none" ? undefined : STARTS[by as keyof typeof STARTS])}
        allowDeselect={false}
      />
      {breakdown && <Details breakdown={breakdown} onChange={set} events={events} />}
      {fault && <Input.Error>{fault}</Input.Error>}
      {breakdown && breakdown.by !== "segment" && (
        <NumberInput
          label={words.groupsMost}
          min={1}
          max={LIMIT_MAX}
          allowDecimal={false}
          value={question.breakdown_limit ?? LIMIT_DEFAULT}
          onChange={(most) => most !== "" && onChange({ breakdown_limit: Number(most) })}
        />
      )}
    </Stack>
  );
}

interface DetailsProps {
  breakdown: Breakdown;
  onChange: (breakdown: Breakdown) => void;
  events: (string | null)[];
}

function Details({ breakdown, onChange, events }: DetailsProps): ReactNode {
  const words = useWords(explorerWords);
  const { data } = useQuery(catalogueQuery);
  switch (breakdown.by) {
    case "property": {
      const known = (data?.events ?? []).filter(
        ({ name }) => events.length === 0 || events.includes(null) || events.includes(name),
      );
      const paths = known.flatMap((event) => event.properties.map((one) => one.path));
      return (
        <Autocomplete
          label={words.property}
          data={[...new Set(paths)]}
          limit={60}
          value={breakdown.property}
          onChange={(property) => onChange({ ...breakdown, property })}
        />
      );
    }
    case "trait":
      return (
        <>
          <Autocomplete
            label={words.trait}
            data={[...new Set((data?.traits ?? []).map((one) => one.name))]}
            limit={60}
            value={breakdown.trait}
            onChange={(trait) => onChange({ ...breakdown, trait })}
          />
          <Select
            label={words.traitAt}
            data={[
              { value: "now", label: words.now },
              { value: "event", label: words.event },
            ]}
            value={breakdown.at ?? "now"}
            onChange={(at) => at && onChange({ ...breakdown, at: at as "now" | "event" })}
            allowDeselect={false}
          />
        </>
      );
    case "segment":
      return (
        <MultiSelect
          label={words.segments}
          data={(data?.segments ?? []).map((one) => ({ value: String(one.id), label: one.name }))}
          value={breakdown.segments.map(String)}
          maxValues={SEGMENTS_MAX}
          searchable
          onChange={(chosen) => onChange({ ...breakdown, segments: chosen.map(Number) })}
        />
      );
    case "touchpoint":
      return null;
  }
}
