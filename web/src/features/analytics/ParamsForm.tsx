import { Button, Collapse, Stack } from "@mantine/core";
import { IconAdjustments } from "@tabler/icons-react";
import { type ReactNode, useContext, useMemo, useState } from "react";
import { EventBuilder } from "@/components/conditions/EventBuilder";
import type { JsonObject, Metric } from "@/lib/api";
import { useWords } from "@/lib/words";
import { explorerWords } from "./explorer-words";
import { FieldInput } from "./FieldInput";
import { FunnelFields } from "./FunnelFields";
import { FormFaults, FormPlaces, findFault } from "./form-places";
import { type Field, listEvents, type ParamSchema, readFields } from "./param-schema";
import { TrendFields } from "./TrendFields";
import { useEventCheck } from "./use-event-check";

interface ParamsFormProps {
  metric: Pick<Metric, "key" | "params">;
  params: JsonObject;
  onChange: (params: JsonObject) => void;
}

/** What a metric takes, as a form: drawn from its schema, or by hand for those that are asked most. */
export function ParamsForm({ metric, params, onChange }: ParamsFormProps): ReactNode {
  const words = useWords(explorerWords);
  const fields = useMemo(() => readFields(metric.params as ParamSchema), [metric]);
  const events = useMemo(() => listEvents(fields, params), [fields, params]);
  const check = useEventCheck(events, params, onChange);
  return (
    <FormPlaces value={check.places}>
      <EventBuilder label={words.question} problems={check.problems} onAccept={check.accept}>
        <Fields metric={metric.key} fields={fields} params={params} onChange={onChange} />
      </EventBuilder>
    </FormPlaces>
  );
}

interface FieldsProps {
  fields: Field[];
  metric: string;
  params: JsonObject;
  onChange: (params: JsonObject) => void;
}

/** Metrics that ask for steps in a window. */
const STEPPED = new Set(["funnel", "correlation"]);

function Fields(props: FieldsProps): ReactNode {
  if (props.metric === "trend") return <TrendFields {...props} />;
  if (STEPPED.has(props.metric)) return <FunnelFields {...props} />;
  return <SchemaFields {...props} />;
}

const FIRST_KINDS = new Set(["event", "events", "list", "condition", "choice", "choices"]);

/** Events and choices first; numbers and names of properties have good defaults and wait behind a button. */
function SchemaFields({ fields, metric, params, onChange }: FieldsProps): ReactNode {
  const words = useWords(explorerWords);
  const [opened, setOpened] = useState(false);
  const isFirst = (field: Field) => field.required || FIRST_KINDS.has(field.kind);
  const first = fields.filter(isFirst);
  const rest = fields.filter((field) => !isFirst(field));
  const faults = useContext(FormFaults);
  // What is wrong is never behind a button.
  const wrong = rest.some(({ name }) => findFault(faults, `params.${name}`, true) !== undefined);
  const shown = opened || wrong;
  const show = (field: Field) => (
    <FieldInput
      key={field.name}
      field={field}
      metric={metric}
      place={field.name}
      value={params[field.name]}
      siblings={params}
      onChange={(value) => onChange(withField(params, field.name, value))}
    />
  );
  return (
    <Stack gap="md">
      {first.map(show)}
      {rest.length > 0 && (
        <>
          <Button
            variant="subtle"
            color="gray"
            size="compact-sm"
            style={{ alignSelf: "flex-start" }}
            leftSection={<IconAdjustments size={15} aria-hidden />}
            aria-expanded={shown}
            onClick={() => setOpened(!shown)}
          >
            {shown ? words.fewer : words.more}
          </Button>
          <Collapse expanded={shown}>
            <Stack gap="md">{shown && rest.map(show)}</Stack>
          </Collapse>
        </>
      )}
    </Stack>
  );
}

/** Undefined leaves it to the metric again. */
export function withField(params: JsonObject, name: string, value: unknown): JsonObject {
  const { [name]: _, ...rest } = params;
  return value === undefined ? rest : { ...rest, [name]: value };
}
